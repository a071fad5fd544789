"""The ledger: entries of an enterprise's month, its closing, and corrections after it."""

from __future__ import annotations

from django.db import models

from greenpark.domains.carbon.models.sources import Source

#: Widest figure that SQLite's floats carry without loss: 15 digits.
FIGURE = {"max_digits": 15, "decimal_places": 6}


class LedgerPeriod(models.Model):
    """One enterprise's month: provisional while open, fixed once closed."""

    enterprise_id = models.BigIntegerField()
    month = models.CharField(max_length=7)
    closed = models.BooleanField(default=False)
    computed_at = models.DateTimeField()
    known_at = models.DateTimeField()
    """Factors and configuration known at this moment were used; a recomputation uses the same."""
    inputs_digest = models.CharField(max_length=64, blank=True)
    """SM3 of the amounts, reports and factors used: tells cheaply whether anything changed."""
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=80, blank=True)
    sm3 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    canonical = models.TextField(blank=True)
    """The canonical bytes of the closed month, as text."""
    late_since = models.DateTimeField(null=True, blank=True)
    late = models.JSONField(default=dict, blank=True)
    """Totals that a recomputation gives now, when they differ from the closed ones."""
    tco2e = models.DecimalField(**FIGURE)
    tco2e_market = models.DecimalField(**FIGURE)
    tce_calorific = models.DecimalField(**FIGURE)
    tce_equal = models.DecimalField(**FIGURE, null=True, blank=True)
    direct_tco2e = models.DecimalField(**FIGURE)
    electricity_mwh = models.DecimalField(**FIGURE)
    entry_count = models.PositiveIntegerField(default=0)
    unconfirmed = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "carbon_period"
        ordering = ("-month", "enterprise_id")
        constraints = (models.UniqueConstraint(fields=("enterprise_id", "month"), name="carbon_period_month"),)
        indexes = (models.Index(fields=("month",), name="carbon_period_by_month"),)


class LedgerEntry(models.Model):
    """One gas of one source in one month.

    Amount and energy stand on the first gas of a source only, so that columns may be added up. Figures are null when
    the source could not be computed; ``problem`` says why.
    """

    period = models.ForeignKey(LedgerPeriod, models.CASCADE, related_name="entries")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    enterprise_id = models.BigIntegerField()
    month = models.CharField(max_length=7)
    process = models.CharField(max_length=80, blank=True)
    source_code = models.CharField(max_length=60)
    source_name = models.CharField(max_length=120)
    category = models.CharField(max_length=20)
    medium = models.CharField(max_length=60, blank=True)
    gas = models.CharField(max_length=20)
    activity = models.DecimalField(**FIGURE, null=True, blank=True)
    activity_unit = models.CharField(max_length=30, blank=True)
    method = models.CharField(max_length=80)
    method_edition = models.CharField(max_length=160, blank=True)
    tce_calorific = models.DecimalField(**FIGURE, null=True, blank=True)
    tce_equal = models.DecimalField(**FIGURE, null=True, blank=True)
    gas_t = models.DecimalField(**FIGURE, null=True, blank=True)
    tco2e = models.DecimalField(**FIGURE, null=True, blank=True)
    tco2e_market = models.DecimalField(**FIGURE, null=True, blank=True)
    tier = models.CharField(max_length=12)
    coverage = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    estimated_share = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    unconfirmed = models.BooleanField(default=False)
    problem_code = models.CharField(max_length=30, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    factors = models.JSONField(default=list)
    working = models.JSONField(default=list)
    trace = models.JSONField(default=list)

    class Meta:
        db_table = "carbon_entry"
        ordering = ("month", "enterprise_id", "source_code", "gas")
        constraints = (models.UniqueConstraint(fields=("period", "source_code", "gas"), name="carbon_entry_once"),)
        indexes = (models.Index(fields=("month", "enterprise_id"), name="carbon_entry_month"),)


class Correction(models.Model):
    """A change of a closed month, beside it: proposed by one person, approved by another."""

    enterprise_id = models.BigIntegerField()
    month = models.CharField(max_length=7)
    source_code = models.CharField(max_length=60)
    gas = models.CharField(max_length=20, default="CO2")
    category = models.CharField(max_length=20)
    medium = models.CharField(max_length=60, blank=True)
    activity = models.DecimalField(**FIGURE, null=True, blank=True)
    activity_unit = models.CharField(max_length=30, blank=True)
    tce_calorific = models.DecimalField(**FIGURE)
    tce_equal = models.DecimalField(**FIGURE, null=True, blank=True)
    tco2e = models.DecimalField(**FIGURE)
    tco2e_market = models.DecimalField(**FIGURE)
    reason = models.CharField(max_length=500)
    document = models.CharField(max_length=200, blank=True)
    late_data = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="proposed")
    proposed_by_id = models.BigIntegerField()
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    opinion = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "carbon_correction"
        ordering = ("-id",)
        indexes = (models.Index(fields=("month", "enterprise_id"), name="carbon_correction_month"),)
