"""Rows of the registry. Facts of the region pack keep the document and the quote that they come from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Place(models.Model):
    """A district or a park, zone, logistics site, area that the documents name."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    name_py = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=40)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    relation = models.CharField(max_length=160, blank=True)
    """Parent as the document words it, when it is uncertain."""
    district = models.CharField(max_length=60, blank=True)
    document = models.CharField(max_length=20, blank=True)
    quote = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    pack_row = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "gp_place"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Enterprise(models.Model):
    """A body of the registry. The data of its points and ledgers belongs to ``organisation``."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    name_py = models.CharField(max_length=300, blank=True)
    short_name = models.CharField(max_length=60, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    district = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    district_note = models.CharField(max_length=120, blank=True)
    park = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="enterprises")
    industry = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=20, blank=True)
    quote = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    organisation = models.OneToOneField("accounts.Organisation", models.PROTECT, related_name="+")
    demo = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    pack_row = models.JSONField(default=dict, blank=True)
    """The row as the pack last gave it: a later load changes only what people have not changed."""

    class Meta:
        db_table = "gp_enterprise"
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("credit_code",), condition=~Q(credit_code=""), name="gp_ent_credit_once"),
        )

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """Another name of an enterprise or a place; an inference until a person decides."""

    text = models.CharField(max_length=120)
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="aliases")
    place = models.ForeignKey(Place, models.CASCADE, null=True, blank=True, related_name="aliases")
    state = models.CharField(max_length=12)
    document = models.CharField(max_length=20, blank=True)
    quote = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "gp_alias"
        ordering = ("text", "id")
        constraints = (
            models.UniqueConstraint(fields=("text", "enterprise"), name="gp_alias_ent_once"),
            models.UniqueConstraint(fields=("text", "place"), name="gp_alias_place_once"),
            models.CheckConstraint(
                condition=Q(enterprise__isnull=True, place__isnull=False)
                | Q(enterprise__isnull=False, place__isnull=True),
                name="gp_alias_one_target",
            ),
        )


class Facility(models.Model):
    """A plant, workshop, line or device of an enterprise, in a tree."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="facilities")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "gp_facility"
        ordering = ("enterprise_id", "code")
        constraints = (models.UniqueConstraint(fields=("enterprise", "code"), name="gp_facility_code"),)

    def __str__(self) -> str:
        return self.name


class Point(models.Model):
    """A monitoring point. Its id is the point id of every reading."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="points")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, blank=True, related_name="points")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    name_py = models.CharField(max_length=300, blank=True)
    medium = models.CharField(max_length=30)
    kind = models.CharField(max_length=16)
    unit = models.CharField(max_length=20)
    expected_interval_s = models.IntegerField()
    multiplier = models.FloatField(default=1.0)
    register_max = models.FloatField(null=True, blank=True)
    min_value = models.FloatField(null=True, blank=True)
    max_value = models.FloatField(null=True, blank=True)
    max_rate = models.FloatField(null=True, blank=True)
    commissioned_at = models.DateTimeField(null=True, blank=True)
    decommissioned_at = models.DateTimeField(null=True, blank=True)
    balance = models.CharField(max_length=16)
    sub_meter_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="sub_meters")
    meter_class = models.CharField(max_length=20, blank=True)
    calibration_due = models.DateField(null=True, blank=True)
    binding = models.CharField(max_length=255, null=True, blank=True, unique=True)
    """BindingKey as a JSON array; null for points that no gateway feeds."""
    active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "gp_point"
        ordering = ("enterprise_id", "code")
        constraints = (models.UniqueConstraint(fields=("enterprise", "code"), name="gp_point_code"),)

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """One row per thing that others keep a copy of; the number rises in the transaction that changes it."""

    name = models.CharField(max_length=20, primary_key=True)
    number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "gp_revision"


class PackLoad(models.Model):
    """A region pack was loaded: which bytes, when, what it changed and what it left to people."""

    pack = models.CharField(max_length=60)
    edition = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=80)
    summary = models.JSONField(default=dict)

    class Meta:
        db_table = "gp_pack_load"
        ordering = ("-id",)
