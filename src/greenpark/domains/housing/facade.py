"""What screens, the command line and other domains may ask of the housing domain. Pass ``at``; no clock in here."""

from __future__ import annotations

from greenpark.domains.housing.contracts import Refused
from greenpark.domains.housing.rules.buyback import CHECKS as BUYBACK_CHECKS
from greenpark.domains.housing.rules.forms import APPLICATION_STATES, DOCUMENTS, EXIT_CASES, HOME_STATES, MODES
from greenpark.domains.housing.rules.forms import SOURCES as PROJECT_SOURCES
from greenpark.domains.housing.rules.funds import KINDS as FUND_KINDS
from greenpark.domains.housing.rules.funds import PURPOSES_IN, PURPOSES_OUT
from greenpark.domains.housing.rules.price import CostParts
from greenpark.domains.housing.rules.review import BUREAUS, VERDICTS, NotAnAnswer, read_answer
from greenpark.domains.housing.rules.review import FIELDS as REVIEW_FIELDS
from greenpark.domains.housing.selectors import cases, dossiers, openpoints, parameters, reviews, scope, supply
from greenpark.domains.housing.services import (
    announcements,
    applications,
    draws,
    funds,
    owned,
    prices,
    review,
    sales,
    selection,
    sheets,
    waiting,
)
from greenpark.domains.housing.services import dossier as dossier_services
from greenpark.domains.housing.services import parameters as parameter_services
from greenpark.domains.housing.services import supply as supply_services
from greenpark.domains.housing.services.draws import judged, read_party, read_round

__all__ = [
    "APPLICATION_STATES",
    "BUREAUS",
    "BUYBACK_CHECKS",
    "DOCUMENTS",
    "EXIT_CASES",
    "FUND_KINDS",
    "HOME_STATES",
    "MODES",
    "PROJECT_SOURCES",
    "PURPOSES_IN",
    "PURPOSES_OUT",
    "REVIEW_FIELDS",
    "VERDICTS",
    "CostParts",
    "NotAnAnswer",
    "Refused",
    "announcements",
    "applications",
    "cases",
    "dossier_services",
    "dossiers",
    "draws",
    "funds",
    "judged",
    "openpoints",
    "owned",
    "parameter_services",
    "parameters",
    "prices",
    "read_answer",
    "read_party",
    "read_round",
    "review",
    "reviews",
    "sales",
    "scope",
    "selection",
    "sheets",
    "supply",
    "supply_services",
    "waiting",
]
