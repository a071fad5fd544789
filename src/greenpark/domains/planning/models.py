"""Tables of planning. What a pack says and what people decide stand in different columns, so neither overwrites the
other."""

from __future__ import annotations

from typing import Any

from django.db import models


class Pack(models.Model):
    """A pack that has been loaded; the last edition."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    edition = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    texts: Any = models.JSONField(default=dict)
    counts: Any = models.JSONField(default=dict)


class Item(models.Model):
    """One row of a pack: an indicator, task, project, parameter, system, finding or annex row."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=12)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    order = models.IntegerField(default=0)
    row: Any = models.JSONField(default=dict)
    """As the pack gives it."""
    decided: Any = models.JSONField(default=dict)
    """As people decided: owner, value of an unstated parameter, note. Loading never touches it."""
    organisation_id = models.BigIntegerField(null=True)
    """Who reports; resolved from the pack's unit or decided by a person."""
    gone = models.BooleanField(default=False)
    """No longer in the pack; kept with everything reported on it."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("pack", "kind", "code"), name="planning_item_once"),)
        indexes = (models.Index(fields=("kind", "order"), name="planning_item_kind"),)


class ItemVersion(models.Model):
    """What a row said in an earlier edition."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    edition = models.CharField(max_length=40)
    row: Any = models.JSONField(default=dict)
    replaced_at = models.DateTimeField()


class Value(models.Model):
    """A value of an indicator for a period. A revision is a new row; the newest speaks."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="values")
    period = models.CharField(max_length=7)
    day = models.DateField()
    revision = models.IntegerField(default=1)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    text = models.TextField(blank=True)
    accepted = models.BooleanField(null=True)
    state = models.CharField(max_length=12)
    evidence = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    entered_by = models.CharField(max_length=100)
    entered_by_id = models.BigIntegerField()
    entered_at = models.DateTimeField()
    reviewed_by = models.CharField(max_length=100, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    opinion = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("item", "period", "revision"), name="planning_value_once"),)


class Progress(models.Model):
    """A monthly progress report on a task or project. A returned report is answered by a new revision."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="reports")
    month = models.CharField(max_length=7)
    revision = models.IntegerField(default=1)
    text = models.TextField()
    evidence = models.TextField(blank=True)
    difficulties = models.TextField(blank=True)
    coordination = models.TextField(blank=True)
    state = models.CharField(max_length=12)
    entered_by = models.CharField(max_length=100)
    entered_by_id = models.BigIntegerField()
    entered_at = models.DateTimeField()
    reviewed_by = models.CharField(max_length=100, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    opinion = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("item", "month", "revision"), name="planning_prog_once"),)
