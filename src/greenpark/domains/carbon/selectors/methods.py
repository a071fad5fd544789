"""The engine's catalogue of methods, for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from greenpark.engines import accounting


@dataclass(frozen=True, slots=True)
class MethodView:
    """One method in one edition."""

    id: str
    title: str
    edition: str
    document: str
    category: str
    formula: str
    effective_from: date | None
    effective_to: date | None
    confirmed: bool
    """Wording and dates were checked against the print."""
    page: str
    fields: tuple[str, ...]


def methods() -> list[MethodView]:
    """All methods, by category and id."""
    return [_view(m) for m in sorted(accounting.METHODS.values(), key=lambda m: (m.category, m.id))]


def method(method_id: str) -> MethodView | None:
    found = accounting.METHODS.get(method_id)
    return _view(found) if found else None


def _view(m: accounting.Method) -> MethodView:
    return MethodView(
        m.id,
        m.title_zh,
        m.edition,
        m.document,
        m.category.value,
        m.formula,
        m.effective_from,
        m.effective_to,
        m.confidence is accounting.Confidence.CONFIRMED,
        m.page,
        tuple(m.inputs.__struct_fields__),
    )
