"""Draws and the selection that follows."""

from __future__ import annotations

from django.db import models

from greenpark.domains.housing.models.applications import Application
from greenpark.domains.housing.models.supply import Announcement


class Draw(models.Model):
    """A draw of one batch. The frozen bytes are what was published; a batch has one draw that is not void."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="draws")
    name = models.CharField(max_length=60, unique=True)
    live_key = models.BigIntegerField(null=True, blank=True, unique=True)
    """The announcement while the draw is not void: no second draw without a void record."""
    state = models.CharField(max_length=10, default="preparing")
    """preparing, frozen, drawn, void"""
    rounds = models.JSONField(default=list)
    least_contributions = models.PositiveSmallIntegerField(default=3)
    frozen_at = models.DateTimeField(null=True, blank=True)
    reveal_until = models.DateTimeField(null=True, blank=True)
    listed = models.PositiveIntegerField(default=0)
    frozen = models.JSONField(default=dict)
    """Digests published at the freeze."""
    list_csv = models.TextField(blank=True)
    rules_json = models.TextField(blank=True)
    seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    package = models.BinaryField(null=True, blank=True)
    package_sha256 = models.CharField(max_length=64, blank=True)
    void_reason = models.CharField(max_length=500, blank=True)
    void_document = models.CharField(max_length=200, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)
    void_by = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "hs_draw"
        ordering = ("-id",)


class DrawPart(models.Model):
    """A party's contribution to the seed, in the order of the rules."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    party = models.CharField(max_length=60)
    kind = models.CharField(max_length=10)
    commitment = models.CharField(max_length=64, blank=True)
    committed_at = models.DateTimeField(null=True, blank=True)
    value = models.CharField(max_length=200, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hs_draw_part"
        ordering = ("draw_id", "position")
        constraints = (models.UniqueConstraint(fields=("draw", "position"), name="hs_draw_part_position"),)


class DrawRank(models.Model):
    """A rank as drawn; never changed, exits leave gaps."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="ranks")
    round = models.CharField(max_length=20)
    place = models.PositiveIntegerField()
    application = models.ForeignKey(Application, models.PROTECT, related_name="ranks")
    score = models.CharField(max_length=64)
    track = models.CharField(max_length=60)

    class Meta:
        db_table = "hs_rank"
        ordering = ("draw_id", "round", "place")
        constraints = (
            models.UniqueConstraint(fields=("draw", "round", "place"), name="hs_rank_place"),
            models.UniqueConstraint(fields=("draw", "round", "application"), name="hs_rank_once"),
        )


class Slot(models.Model):
    """A time slot of the selection, for a span of ranks."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="slots")
    start = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "hs_slot"
        ordering = ("start",)
        constraints = (models.UniqueConstraint(fields=("draw", "start"), name="hs_slot_start"),)


class Booking(models.Model):
    """Who comes in which slot; one a family."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="bookings")
    application = models.OneToOneField(Application, models.CASCADE, related_name="booking")
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_booking"
        ordering = ("slot_id", "id")
