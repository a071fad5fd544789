"""Tables of the housing domain."""

from greenpark.domains.housing.models.applications import (
    Application,
    Ban,
    Document,
    Member,
    Objection,
    Publicity,
    Review,
    ReviewBody,
)
from greenpark.domains.housing.models.cases import CaseEvent, Counter, Parameter
from greenpark.domains.housing.models.draws import Booking, Draw, DrawPart, DrawRank, Slot
from greenpark.domains.housing.models.resident import Attempt, DocumentTemplate, IssuedDocument, SavedDraft
from greenpark.domains.housing.models.sales import Buyback, ExitCase, Ownership, Payment, Sale
from greenpark.domains.housing.models.supply import (
    Announcement,
    AreaException,
    Demand,
    FundEntry,
    Home,
    PriceVersion,
    Project,
    PropertyContract,
    YearPlan,
)

__all__ = [
    "Announcement",
    "Application",
    "AreaException",
    "Attempt",
    "Ban",
    "Booking",
    "Buyback",
    "CaseEvent",
    "Counter",
    "Demand",
    "Document",
    "DocumentTemplate",
    "Draw",
    "DrawPart",
    "DrawRank",
    "ExitCase",
    "FundEntry",
    "Home",
    "IssuedDocument",
    "Member",
    "Objection",
    "Ownership",
    "Parameter",
    "Payment",
    "PriceVersion",
    "Project",
    "PropertyContract",
    "Publicity",
    "Review",
    "ReviewBody",
    "Sale",
    "SavedDraft",
    "Slot",
    "YearPlan",
]
