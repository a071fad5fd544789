"""The factor library 排放因子库 and the parameters of the ledger. Rows are versions; a value is never edited."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class FactorQuerySet(models.QuerySet["Factor"]):
    """Versions by what was known when."""

    def known(self, at: datetime) -> FactorQuerySet:
        """Versions in use at a moment: known by then and not yet superseded."""
        return self.filter(known_since__lte=at).filter(
            models.Q(superseded_at__isnull=True) | models.Q(superseded_at__gt=at)
        )

    def current(self) -> FactorQuerySet:
        return self.filter(superseded_at__isnull=True)


class Factor(models.Model):
    """One version of one factor. Two clocks: in force ``valid_from``..``valid_to``, known ``known_since``.. ."""

    code = models.CharField(max_length=160)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=200)
    value = models.CharField(max_length=60, blank=True)
    """Decimal as printed in the source; empty when unknown."""
    unit = models.CharField(max_length=60, blank=True)
    edition = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.TextField(blank=True)
    confidence = models.CharField(max_length=20)
    notes = models.TextField(blank=True)
    pack = models.CharField(max_length=120, blank=True)
    pack_digest = models.CharField(max_length=64, blank=True, db_index=True)
    payload = models.JSONField(default=dict)
    """Every field of :class:`greenpark.kernel.factors.Factor` as text, so that the engine gets the row as loaded."""
    known_since = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    document = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    objects = FactorQuerySet.as_manager()

    class Meta:
        db_table = "carbon_factor"
        ordering = ("kind", "code", "-version")
        constraints = (models.UniqueConstraint(fields=("code", "version"), name="carbon_factor_version"),)

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Parameter(models.Model):
    """One value of a parameter of the ledger, with the source it was taken from. The newest counts."""

    key = models.CharField(max_length=60, db_index=True)
    value = models.CharField(max_length=60)
    source = models.CharField(max_length=300)
    set_by = models.CharField(max_length=80)
    known_since = models.DateTimeField()

    class Meta:
        db_table = "carbon_parameter"
        ordering = ("key", "-known_since", "-id")
