"""What the public pages and the documents keep: drafts, failed attempts, issued documents, templates."""

from __future__ import annotations

from django.db import models

from greenpark.domains.housing.models.applications import Application


class SavedDraft(models.Model):
    """What a family has typed so far, sealed as a whole; gone once the application is submitted."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="saved_draft")
    sealed = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_saved_draft"


class Attempt(models.Model):
    """A failed look-up or a new start, by keyed hash of what is limited; nothing readable is kept."""

    key = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "hs_attempt"


class IssuedDocument(models.Model):
    """An issued document: its register entry. The files lie encrypted with the uploads, under their SHA-256."""

    code = models.CharField(max_length=16, unique=True)
    """What the QR code points to; random, says nothing by itself."""
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=60, db_index=True)
    """application:<id>, publicity:<id>, draw:<id>, home:<id>"""
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    person_masked = models.CharField(max_length=80, blank=True)
    issuer = models.CharField(max_length=80)
    issued_at = models.DateTimeField()
    content_sm3 = models.CharField(max_length=64)
    """Of the fields in canonical form; printed on the document."""
    docx_sha256 = models.CharField(max_length=64)
    docx_sm3 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    pdf_sm3 = models.CharField(max_length=64, blank=True)
    template_version = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "hs_paper"
        ordering = ("-id",)


class DocumentTemplate(models.Model):
    """A version of a document template as staff edited it; without a row the built-in one counts."""

    kind = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    content = models.BinaryField()
    sm3 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        db_table = "hs_paper_template"
        ordering = ("kind", "-version")
        constraints = (models.UniqueConstraint(fields=("kind", "version"), name="hs_template_version"),)
