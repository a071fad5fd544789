"""Factors as rows of the library and back, and what a person may decide about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from greenpark.domains.carbon.contracts import FactorRefused
from greenpark.domains.carbon.rules import canonical
from greenpark.kernel.factors import Confidence, Factor

_DATES = frozenset({"valid_from", "valid_to", "issued"})
_DECIMALS = frozenset({"value", "low", "high"})

CONFIDENCE_NAMES: dict[str, str] = {
    Confidence.CONFIRMED: "已确认",
    Confidence.RECALLED: "未确认",
    Confidence.BLANK: "缺值",
}


def pack_up(factor: Factor) -> dict[str, Any]:
    """JSON of a factor: decimals and dates as text."""
    row: dict[str, Any] = {}
    for field in fields(Factor):
        value = getattr(factor, field.name)
        if isinstance(value, Decimal):
            value = format(value, "f")
        elif isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Confidence):
            value = value.value
        row[field.name] = value
    return row


def unpack(row: Mapping[str, Any]) -> Factor:
    """The factor of a JSON row; inverse of :func:`pack_up`."""
    values: dict[str, Any] = {}
    for field in fields(Factor):
        value = row.get(field.name)
        if value is not None and field.name in _DATES:
            value = date.fromisoformat(value)
        elif value is not None and field.name in _DECIMALS:
            value = Decimal(value)
        elif field.name == "source":
            value = tuple(value or ())
        elif field.name == "confidence":
            value = Confidence(str(value))
        elif value is None and field.name not in _DATES | _DECIMALS | {"data_year"}:
            value = ""
        values[field.name] = value
    return Factor(**values)


def digest(row: Mapping[str, Any]) -> str:
    """SM3 of a packed factor: tells whether a pack's row changed since it was loaded."""
    return canonical.sm3(canonical.dump(row))


def check_confirmation(confidence: str, *, reason: str, document: str) -> None:
    """Raise FactorRefused unless an unconfirmed value is confirmed with a document and a reason."""
    if confidence == Confidence.CONFIRMED:
        raise FactorRefused("该因子已确认，无需再次确认")
    if confidence == Confidence.BLANK:
        raise FactorRefused("该因子没有数值，请用「录入新版本」按文件填写数值")
    _check_words(reason, document)


def check_revision(value: str, *, valid_from: date | None, reason: str, document: str) -> Decimal:
    """The new value of a factor. Raises FactorRefused for a bad number, a missing document or reason or start."""
    _check_words(reason, document)
    if valid_from is None:
        raise FactorRefused("请填写新值的生效日期")
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise FactorRefused(f"数值应为数字，现为「{value}」") from None
    if not number.is_finite():
        raise FactorRefused(f"数值应为有限的数字，现为「{value}」")
    return number


def _check_words(reason: str, document: str) -> None:
    if not document.strip():
        raise FactorRefused("请写明依据的文件（文号、版本、页码或表号），确认人须手持原文")
    if len(reason.strip()) < 4:
        raise FactorRefused("请写明理由，至少 4 个字")
