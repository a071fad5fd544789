"""Applications, people, documents, reviews, publicity, bans."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from greenpark.domains.housing.models.supply import Announcement
from greenpark.domains.housing.rules import states


class Application(models.Model):
    """The case of a family in one batch."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="applications")
    number = models.CharField(max_length=30, unique=True)
    code_hash = models.CharField(max_length=64)
    """Keyed hash of the query code with which the family finds its case."""
    state = models.CharField(max_length=20, default=states.Application.DRAFT, db_index=True)
    channel = models.CharField(max_length=10)
    entered_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    pledged_at = models.DateTimeField(null=True, blank=True)
    married = models.BooleanField(default=False)
    hukou_district = models.CharField(max_length=40, blank=True)
    lives_locally = models.BooleanField(null=True, blank=True)
    rents_public = models.BooleanField(null=True, blank=True)
    rental_left_on = models.DateField(null=True, blank=True)
    rental_document = models.CharField(max_length=200, blank=True)
    homes = models.JSONField(default=list)
    groups = models.JSONField(default=list)
    address_sealed = models.TextField(blank=True)
    supplement = models.JSONField(default=list)
    due = models.DateField(null=True, blank=True)
    due_rule = models.JSONField(default=dict)
    verdict = models.CharField(max_length=16, blank=True)
    assessment = models.JSONField(default=dict)
    parameters_version = models.CharField(max_length=20, blank=True)
    pool_no = models.PositiveIntegerField(null=True, blank=True, unique=True)
    pooled_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    absent_at = models.DateTimeField(null=True, blank=True)
    demo = models.BooleanField(default=False)

    class Meta:
        db_table = "hs_application"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=[str(s) for s in states.Application]), name="hs_app_state"),
        )
        indexes = (models.Index(fields=("announcement", "state"), name="hs_app_by_state"),)

    def __str__(self) -> str:
        return self.number


class Member(models.Model):
    """A person of an applying family. Name, number and phone are sealed; masks are for display."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="members")
    relation = models.CharField(max_length=10)
    name_sealed = models.TextField()
    identity_sealed = models.TextField()
    phone_sealed = models.TextField(blank=True)
    name_masked = models.CharField(max_length=60)
    identity_masked = models.CharField(max_length=20)
    phone_masked = models.CharField(max_length=20, blank=True)
    identity_key = models.CharField(max_length=64, db_index=True)
    """Keyed hash of the identity number: finds duplicates without showing it."""
    active_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    """``identity_key`` while the household is active, else NULL: a person is in one active household only."""
    sex = models.CharField(max_length=6)
    born = models.DateField()
    capacity = models.BooleanField(null=True, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hs_member"
        ordering = ("application_id", "id")


class Document(models.Model):
    """An uploaded document; the file lies encrypted below var/housing/documents."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_document"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("application", "kind", "sha256"), name="hs_document_once"),)


class ReviewBody(models.Model):
    """Which organisation of this installation speaks for a reviewing bureau (第五条)."""

    code = models.CharField(max_length=20, unique=True)
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")

    class Meta:
        db_table = "hs_review_body"
        ordering = ("code",)


class Review(models.Model):
    """One bureau's verdict on one application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="reviews")
    bureau = models.CharField(max_length=20)
    verdict = models.CharField(max_length=10, default="pending")
    """pending, pass, fail, unclear, ended"""
    facts = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hs_review"
        ordering = ("application_id", "bureau")
        constraints = (models.UniqueConstraint(fields=("application", "bureau"), name="hs_review_once"),)


class Publicity(models.Model):
    """A public list of 7 working days (第二十六条(四)). Shown between ``start`` and ``end``, then taken down."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="publicities")
    start = models.DateField()
    end = models.DateField()
    rule = models.JSONField(default=dict)
    """Convention, counted days, calendar document: printed on the notice."""
    rows = models.JSONField(default=list)
    """The masked list as published."""
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default="open")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        db_table = "hs_publicity"
        ordering = ("-id",)


class Objection(models.Model):
    """An objection against one family, decided by a person (A09)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="objections")
    publicity = models.ForeignKey(Publicity, models.PROTECT, related_name="objections")
    text = models.CharField(max_length=1000)
    from_sealed = models.TextField(blank=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, default="open")
    """open, dismissed, upheld"""
    opinion = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hs_objection"
        ordering = ("-id",)


class Ban(models.Model):
    """第三十二条: no new application of this person until ``until``."""

    identity_key = models.CharField(max_length=64, db_index=True)
    who = models.CharField(max_length=60)
    application = models.ForeignKey(Application, models.PROTECT, related_name="bans")
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=300)
    rule = models.CharField(max_length=200)

    class Meta:
        db_table = "hs_ban"
        ordering = ("-until",)
