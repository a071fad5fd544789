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
    "Ban",
    "Booking",
    "Buyback",
    "CaseEvent",
    "Counter",
    "Demand",
    "Document",
    "Draw",
    "DrawPart",
    "DrawRank",
    "ExitCase",
    "FundEntry",
    "Home",
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
    "Slot",
    "YearPlan",
]
