"""A home and the household it goes to: sale, payments, ownership, buy-back, exits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from greenpark.domains.housing.models.applications import Application
from greenpark.domains.housing.models.supply import YUAN, FundEntry, Home


class Sale(models.Model):
    """A home chosen by a household. While it stands, both keys are set: no home twice, no household with two homes."""

    home = models.ForeignKey(Home, models.PROTECT, related_name="sales")
    application = models.ForeignKey(Application, models.PROTECT, related_name="sales")
    home_key = models.BigIntegerField(null=True, blank=True, unique=True)
    household_key = models.BigIntegerField(null=True, blank=True, unique=True)
    chosen_at = models.DateTimeField()
    proxy_sealed = models.TextField(blank=True)
    proxy_masked = models.CharField(max_length=60, blank=True)
    proxy_document = models.CharField(max_length=200, blank=True)
    contract_no = models.CharField(max_length=60, null=True, blank=True, unique=True)
    contract_at = models.DateTimeField(null=True, blank=True)
    price_version = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(**YUAN, null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "hs_sale"
        ordering = ("-id",)


class Payment(models.Model):
    """Money of a household: deposit and price in, refunds out (negative). Each has its line in the closed account."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=10)
    """deposit, price, refund"""
    amount = models.DecimalField(**YUAN)
    fund = models.OneToOneField(FundEntry, models.PROTECT, related_name="payment")
    document = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_payment"
        ordering = ("id",)


class Ownership(models.Model):
    """Who holds a home from when to when. Closed circulation stays with the home through every change."""

    home = models.ForeignKey(Home, models.PROTECT, related_name="ownerships")
    sale = models.ForeignKey(Sale, models.PROTECT, related_name="ownerships")
    live_key = models.BigIntegerField(null=True, blank=True, unique=True)
    kind = models.CharField(max_length=12)
    """purchase, inheritance, divorce"""
    holders = models.JSONField(default=list)
    """Masked names with tails; sealed forms beside them."""
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    document = models.CharField(max_length=200, blank=True)
    closed_circulation = models.BooleanField(default=True)

    class Meta:
        db_table = "hs_ownership"
        ordering = ("home_id", "id")
        constraints = (models.CheckConstraint(condition=Q(closed_circulation=True), name="hs_owner_stays_closed"),)


class Buyback(models.Model):
    """第二十七条, 第二十八条."""

    home = models.ForeignKey(Home, models.PROTECT, related_name="buybacks")
    ownership = models.ForeignKey(Ownership, models.PROTECT, related_name="buybacks")
    requested_at = models.DateTimeField()
    forced = models.BooleanField(default=False)
    checks = models.JSONField(default=dict)
    inspected_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, default="requested")
    """requested, passed, failed, cancelled, settled"""
    price = models.DecimalField(**YUAN, null=True, blank=True)
    working = models.CharField(max_length=300, blank=True)
    parameters_version = models.CharField(max_length=20, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    fund = models.OneToOneField(FundEntry, models.PROTECT, null=True, blank=True, related_name="buyback")

    class Meta:
        db_table = "hs_buyback"
        ordering = ("-id",)


class ExitCase(models.Model):
    """第三十一条: a case of «regarded as exit», for an application or for an owned home (A20)."""

    application = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="exits")
    home = models.ForeignKey(Home, models.PROTECT, null=True, blank=True, related_name="exits")
    case = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    evidence = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    state = models.CharField(max_length=12, default="open")
    """open, upheld, dismissed"""
    due = models.DateField(null=True, blank=True)
    court_document = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "hs_exit"
        ordering = ("-id",)
