"""Time-of-use cost of energy. See docs/algorithms/tariff.md."""

from greenpark.engines.tariff.calculations import CALCULATIONS
from greenpark.engines.tariff.costing import Bill, Item, PriceLine, UnpricedHours, bill, costs, price_line, rounded
from greenpark.engines.tariff.schedule import Hours, Price, Schedule, Tariff, TariffError

__all__ = [
    "CALCULATIONS",
    "Bill",
    "Hours",
    "Item",
    "Price",
    "PriceLine",
    "Schedule",
    "Tariff",
    "TariffError",
    "UnpricedHours",
    "bill",
    "costs",
    "price_line",
    "rounded",
]
