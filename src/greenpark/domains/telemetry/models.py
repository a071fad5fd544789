"""Uploads, answers already given, settings of HJ 212 stations. Readings themselves live in the readings store."""

from __future__ import annotations

from django.db import models


class Import(models.Model):
    """An uploaded file and what became of it. The bytes are kept until the import is decided."""

    name = models.CharField(max_length=200)
    state = models.CharField(max_length=12)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    """Organisation of the person who uploaded it; null for system-wide people."""
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(null=True, blank=True)
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    new = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    errors = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "gp_telemetry_import"
        ordering = ("-id",)


class Answered(models.Model):
    """The answer to a write with an Idempotency-Key, to be given again."""

    who = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "gp_telemetry_answered"
        constraints = (models.UniqueConstraint(fields=("who", "key"), name="gp_answered_once"),)


class Station(models.Model):
    """Settings of an HJ 212 station (现场机) that differ from the standard's. Stations without a row use defaults."""

    mn = models.CharField(max_length=27, unique=True)
    crc = models.CharField(max_length=20, default="standard")
    edition = models.CharField(max_length=8, blank=True)
    password = models.CharField(max_length=300, blank=True)
    """Sealed (``services.secrets``); so are the keys."""
    sm4_keys = models.JSONField(default=list, blank=True)
    """16 characters or 32 hexadecimal digits each, newest first."""
    note = models.CharField(max_length=300, blank=True)
    changed_by = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "gp_station"
        ordering = ("mn",)


class Order(models.Model):
    """A downward command somebody ordered for a station, and what became of it. Never deleted."""

    mn = models.CharField(max_length=27, db_index=True)
    cn = models.CharField(max_length=8)
    fields = models.JSONField(default=dict, blank=True)
    """As ``protocols.hj212.commands.build`` takes them; secret ones sealed, and blanked when the order has ended."""
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, default="waiting", db_index=True)
    """A key of ``contracts.ORDER_STATES``."""
    outcome = models.CharField(max_length=20, blank=True)
    """State of the exchange, or ``offline``, ``invalid``, ``interrupted``, ``expired``."""
    message = models.CharField(max_length=500, blank=True)
    qn_rtn = models.IntegerField(null=True, blank=True)
    exe_rtn = models.IntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "gp_station_order"
        ordering = ("-id",)
