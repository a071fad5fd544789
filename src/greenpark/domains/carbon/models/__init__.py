"""Tables of the carbon ledger. Enterprises and points are referred to by the plain ids that their domains hand out."""

from greenpark.domains.carbon.models.factors import Factor, Parameter
from greenpark.domains.carbon.models.ledger import Correction, LedgerEntry, LedgerPeriod
from greenpark.domains.carbon.models.reports import (
    Evidence,
    MonthlyReport,
    ParkedImport,
    Reminder,
    ReportChange,
    ReportValue,
)
from greenpark.domains.carbon.models.sources import Source

__all__ = [
    "Correction",
    "Evidence",
    "Factor",
    "LedgerEntry",
    "LedgerPeriod",
    "MonthlyReport",
    "Parameter",
    "ParkedImport",
    "Reminder",
    "ReportChange",
    "ReportValue",
    "Source",
]
