"""Supply: demand, plans, projects, homes, prices, the closed account, announcements."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from greenpark.domains.housing.rules import states

#: Money [yuan] and areas [m²]; 15 digits pass through SQLite without loss.
YUAN = {"max_digits": 15, "decimal_places": 2}
AREA = {"max_digits": 9, "decimal_places": 2}


class Demand(models.Model):
    """A registered wish for a home (第三条 «以需定建», A28). Name and phone are encrypted."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    year = models.PositiveIntegerField(db_index=True)
    persons = models.PositiveSmallIntegerField()
    area_m2 = models.DecimalField(**AREA)
    name_sealed = models.TextField()
    phone_sealed = models.TextField()
    name_masked = models.CharField(max_length=60)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_demand"
        ordering = ("-id",)


class YearPlan(models.Model):
    """A version of the yearly plan; the newest counts."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    year = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    demand_count = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    purchased = models.PositiveIntegerField()
    converted = models.PositiveIntegerField()
    document = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_plan"
        ordering = ("-year", "-version")
        constraints = (models.UniqueConstraint(fields=("organisation", "year", "version"), name="hs_plan_version"),)


class Project(models.Model):
    """A project: new, purchased or converted (第十三条, 第十四条). Its cases belong to ``organisation``."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=12)
    address = models.CharField(max_length=200, blank=True)
    land = models.CharField(max_length=60, blank=True)
    description = models.TextField(blank=True)
    decision = models.CharField(max_length=300, blank=True)
    demo = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_project"
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name


class Home(models.Model):
    """A home. Its state is one of the measure's; the database knows no state «on the market» (第二十七条)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="homes")
    code = models.CharField(max_length=40)
    building = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    floor = models.SmallIntegerField(default=1)
    room = models.CharField(max_length=20, blank=True)
    area_m2 = models.DecimalField(**AREA)
    layout = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=20, default=states.Home.PLANNED, db_index=True)

    class Meta:
        db_table = "hs_home"
        ordering = ("project_id", "building", "unit", "floor", "room")
        constraints = (
            models.UniqueConstraint(fields=("project", "code"), name="hs_home_code"),
            models.CheckConstraint(condition=Q(state__in=[str(s) for s in states.Home]), name="hs_home_never_market"),
        )

    def __str__(self) -> str:
        return self.code


class AreaException(models.Model):
    """Why a new home lies outside 60–100 m² (第十五条)."""

    home = models.OneToOneField(Home, models.CASCADE, related_name="area_exception")
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_area_exception"


class PriceVersion(models.Model):
    """A version of the price (第二十五条): proposed from its parts, published, approved by the government."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="prices")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=12)
    land = models.DecimalField(**YUAN)
    construction = models.DecimalField(**YUAN)
    other = models.DecimalField(**YUAN)
    other_items = models.CharField(max_length=300, blank=True)
    profit = models.DecimalField(**YUAN)
    area_m2 = models.DecimalField(max_digits=12, decimal_places=2)
    proposed_per_m2 = models.DecimalField(**YUAN)
    working = models.CharField(max_length=300)
    parameters_version = models.CharField(max_length=20)
    published_on = models.DateField(null=True, blank=True)
    approved_per_m2 = models.DecimalField(**YUAN, null=True, blank=True)
    approved_on = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_price"
        ordering = ("-version",)
        constraints = (models.UniqueConstraint(fields=("project", "version"), name="hs_price_version"),)


class FundEntry(models.Model):
    """A line of the closed account (第十一条). Never changed; a mistake is reversed by another line."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="funds")
    seq = models.PositiveIntegerField()
    on = models.DateField()
    kind = models.CharField(max_length=12)
    """fiscal, bond, loan, sales"""
    amount = models.DecimalField(**YUAN)
    """Positive in, negative out."""
    purpose = models.CharField(max_length=30)
    counterparty = models.CharField(max_length=120, blank=True)
    document = models.CharField(max_length=200)
    subject = models.CharField(max_length=60, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    reason = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "hs_fund"
        ordering = ("project_id", "seq")
        constraints = (
            models.UniqueConstraint(fields=("project", "seq"), name="hs_fund_seq"),
            models.CheckConstraint(condition=~Q(amount=0), name="hs_fund_not_zero"),
        )


class PropertyContract(models.Model):
    """第三十三条: the manager's contract with a property firm."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="property_contracts")
    firm = models.CharField(max_length=120)
    number = models.CharField(max_length=60)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    fee_yuan_m2_month = models.DecimalField(max_digits=8, decimal_places=2)
    document = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "hs_property_contract"
        ordering = ("-since",)


class Announcement(models.Model):
    """One project, one registration, one supply (第二十六条)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="announcements")
    number = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=160)
    basics = models.TextField()
    average_price = models.DecimalField(**YUAN)
    register_from = models.DateField()
    register_until = models.DateField()
    place = models.CharField(max_length=200)
    mode = models.CharField(max_length=10)
    groups = models.JSONField(default=list)
    bodies = models.JSONField(default=list)
    """Codes of the bureaus that review the applications of this batch."""
    supplement_days = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, default="draft")
    published_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "hs_announcement"
        ordering = ("-id",)
