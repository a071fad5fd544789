"""Accounting sources 核算源: what is counted, by which method, from which points or reported items."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from greenpark.domains.carbon.rules.bindings import Spec, parse

if TYPE_CHECKING:
    from greenpark.kernel.periods import Month


class SourceQuerySet(models.QuerySet["Source"]):
    """Versions in force and known."""

    def known(self, at: datetime) -> SourceQuerySet:
        return self.filter(known_since__lte=at)

    def covering(self, month: Month) -> SourceQuerySet:
        first = month.first_day()
        return self.filter(valid_from__lte=first).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=first))


class Source(models.Model):
    """One version of one accounting source of an enterprise.

    Rows are never changed: an edit writes the next ``version`` with its own ``known_since``, so that a closed month can
    be recomputed from the configuration it was closed with. Two clocks: ``valid_from``/``valid_to`` (first days of
    months, end exclusive) say for which months the version holds, ``known_since`` when we learnt of it.
    """

    enterprise_id = models.BigIntegerField(db_index=True)
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    process = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=20)
    medium = models.CharField(max_length=60, blank=True)
    method = models.CharField(max_length=80)
    bindings = models.JSONField(default=list)
    """Inputs of the method, see rules.bindings."""
    options = models.JSONField(default=dict)
    """The method's inputs as JSON, without the amounts that the bindings put in."""
    energy = models.JSONField(default=list, blank=True)
    """How the source counts in comprehensive energy, see rules.bindings."""
    market = models.JSONField(default=dict, blank=True)
    """The market-based method beside the location-based one."""
    retired = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    known_since = models.DateTimeField()
    changed_by = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        db_table = "carbon_source"
        ordering = ("enterprise_id", "code", "-version")
        constraints = (
            models.UniqueConstraint(fields=("enterprise_id", "code", "version"), name="carbon_source_version"),
        )

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    def parsed(self) -> Spec:
        """The version as the calculation reads it. Raises SourceRefused for a row edited by hand."""
        return parse(
            enterprise_id=self.enterprise_id,
            code=self.code,
            version=self.version,
            name=self.name,
            process=self.process,
            category=self.category,
            medium=self.medium,
            method=self.method,
            options=self.options,
            bindings=self.bindings,
            energy=self.energy,
            market=self.market or None,
        )
