"""Monthly reports of enterprises with their history, evidence and reminders."""

from __future__ import annotations

from django.db import models


class MonthlyReport(models.Model):
    """The report of one enterprise for one month."""

    enterprise_id = models.BigIntegerField()
    month = models.CharField(max_length=7)
    state = models.CharField(max_length=12, default="draft")
    filled_by = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=500, blank=True)
    opinion = models.CharField(max_length=500, blank=True)
    reviewed_by = models.CharField(max_length=80, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "carbon_report"
        ordering = ("-month", "enterprise_id")
        constraints = (models.UniqueConstraint(fields=("enterprise_id", "month"), name="carbon_report_month"),)
        indexes = (models.Index(fields=("month", "state"), name="carbon_report_state"),)

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.month} {self.state}"


class ReportValue(models.Model):
    """One reported amount in the unit of its item."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="values")
    item = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        db_table = "carbon_report_value"
        ordering = ("item",)
        constraints = (models.UniqueConstraint(fields=("report", "item"), name="carbon_report_item"),)


class ReportChange(models.Model):
    """One line of a report's history: a value changed or a step was taken. Only ever added."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    action = models.CharField(max_length=20)
    item = models.CharField(max_length=40, blank=True)
    before = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=60, blank=True)
    opinion = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "carbon_report_change"
        ordering = ("-at", "-id")


class Evidence(models.Model):
    """An attached document. The file lies under its SHA-256 in the evidence folder and is never replaced."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="evidence")
    item = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        db_table = "carbon_evidence"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("report", "sha256"), name="carbon_evidence_once"),)


class Reminder(models.Model):
    """A reminder 催报 sent to an enterprise."""

    enterprise_id = models.BigIntegerField()
    month = models.CharField(max_length=7)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    text = models.CharField(max_length=300)

    class Meta:
        db_table = "carbon_reminder"
        ordering = ("-at",)
        indexes = (models.Index(fields=("month", "enterprise_id"), name="carbon_reminder_month"),)


class ParkedImport(models.Model):
    """An uploaded workbook between preview and confirmation."""

    token = models.CharField(max_length=40, unique=True)
    month = models.CharField(max_length=7)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    by_id = models.BigIntegerField()
    at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "carbon_parked_import"
        ordering = ("-at",)
