"""The chain of case events, counters, and decisions on what the measure leaves open."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class Frozen(Exception):
    """Case events are written once."""


class CaseEvent(models.Model):
    """One thing that happened to an application or a home; ``hash`` covers it and the event before it."""

    subject = models.CharField(max_length=40)
    """application:<id> or home:<id>"""
    seq = models.PositiveIntegerField()
    at_us = models.BigIntegerField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=80)
    action = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    origin = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20, blank=True)
    opinion = models.CharField(max_length=1000, blank=True)
    article = models.CharField(max_length=60, blank=True)
    rule_version = models.CharField(max_length=40, blank=True)
    deadline = models.TextField(default="{}")
    detail = models.TextField(default="{}")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "hs_event"
        ordering = ("subject", "seq")
        constraints = (models.UniqueConstraint(fields=("subject", "seq"), name="hs_event_seq"),)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Frozen("办理经过只能追加，不能修改")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Frozen("办理经过只能追加，不能删除")


class Counter(models.Model):
    """A running number; its row is locked while a number is taken, so none is given out twice."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "hs_counter"


class Parameter(models.Model):
    """A decision on something the measure leaves open. Rows are versions; the newest of a name counts."""

    name = models.CharField(max_length=40, db_index=True)
    value = models.CharField(max_length=60, blank=True)
    owner = models.CharField(max_length=20)
    document = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_parameter"
        ordering = ("-id",)
