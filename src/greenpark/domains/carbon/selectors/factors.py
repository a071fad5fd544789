"""The factor library as it is known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q

from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import NotFound
from greenpark.domains.carbon.rules import factors as rules
from greenpark.engines.accounting import FactorBook
from greenpark.kernel.factors import KINDS, Confidence, Factor

#: Kinds in Chinese, in the order of the list's filter.
KIND_NAMES: dict[str, str] = {
    "grid": "电网排放因子",
    "heat": "热力排放因子",
    "ncv": "低位发热量",
    "carbon-per-heat": "单位热值含碳量",
    "oxidation": "碳氧化率",
    "standard-coal": "折标准煤系数",
    "carbonate": "碳酸盐分解",
    "carbon-content": "含碳量",
    "reductant": "还原剂",
    "process": "工业过程",
    "process-ch4": "过程甲烷",
    "gwp": "全球变暖潜势",
    "electricity-rule": "电力取值规则",
    "electricity-footprint": "电力碳足迹",
    "methane-yield": "甲烷产率",
    "methane-correction": "甲烷修正",
    "density": "密度",
    "steam-deduction": "蒸汽扣减焓",
    "purity": "纯度",
    "volatile-share": "挥发分折算",
    "lhv": "平均低位发热量",
    "standard-coal-definition": "标准煤定义",
}


@dataclass(frozen=True, slots=True)
class Book:
    """Factors for the engine, with the version of each."""

    factors: FactorBook
    versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class FactorView:
    """One version of a factor for people."""

    code: str
    version: int
    kind: str
    kind_name: str
    name: str
    subject: str
    region: str
    value: str
    unit: str
    edition: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str
    confidence_name: str
    notes: str
    pack: str
    known_since: datetime
    superseded_at: datetime | None
    decided_by: str
    document: str
    reason: str
    applies_to: str
    set: str
    data_year: int | None


_cache: dict[tuple[int, int, datetime | None], Book] = {}


def book(known_at: datetime) -> Book:
    """All factors as known at a moment. The last few are kept until the library changes."""
    state = models.Factor.objects.aggregate(newest=Max("id"), rows=Count("id"))
    newest_change = models.Factor.objects.aggregate(at=Max("known_since"))["at"]
    moment = None if newest_change is None or known_at >= newest_change else known_at
    key = (state["newest"] or 0, state["rows"], moment)
    if key not in _cache:
        if len(_cache) > 8:
            _cache.clear()
        _cache[key] = fresh_book(known_at)
    return _cache[key]


def fresh_book(known_at: datetime) -> Book:
    """As :func:`book`, read from the tables without any cache: a verification trusts nothing that was kept."""
    found: dict[str, Factor] = {}
    versions: dict[str, int] = {}
    for row in models.Factor.objects.known(known_at).order_by("code", "version"):
        found[row.code] = _factor(row)
        versions[row.code] = row.version
    return Book(FactorBook(found.values()), versions)


def forget() -> None:
    """Drop the kept books (tests that change rows behind the library's back)."""
    _cache.clear()


def _factor(row: models.Factor) -> Factor:
    """The kernel's factor; the columns win over the payload, so that a row edited by hand is seen as edited."""
    return rules.unpack({**row.payload, "value": row.value or None, "unit": row.unit, "confidence": row.confidence})


def factor_list(*, kind: str = "", confidence: str = "", search: str = "", region: str = "") -> list[FactorView]:
    """Present versions, filtered. ``search`` matches code, name, subject, edition and source."""
    rows = models.Factor.objects.current()
    if kind:
        rows = rows.filter(kind=kind)
    if confidence:
        rows = rows.filter(confidence=confidence)
    if region:
        rows = rows.filter(region=region)
    if search:
        rows = rows.filter(
            Q(code__icontains=search)
            | Q(name__icontains=search)
            | Q(subject__icontains=search)
            | Q(edition__icontains=search)
            | Q(source__icontains=search)
        )
    return [_view(row) for row in rows.order_by("kind", "code")]


def factor_counts() -> dict[str, int]:
    """Present versions by confidence, and ``all``."""
    counts = dict.fromkeys(Confidence, 0)
    counts.update(models.Factor.objects.current().values_list("confidence").annotate(n=Count("id")).order_by())
    return {"all": sum(counts.values()), **{str(k): v for k, v in counts.items()}}


def factor_versions(code: str) -> list[FactorView]:
    """All versions, newest first. Raises NotFound."""
    rows = [_view(r) for r in models.Factor.objects.filter(code=code).order_by("-version")]
    if not rows:
        raise NotFound(f"没有编号为 {code} 的因子")
    return rows


def kinds_present() -> list[tuple[str, str]]:
    present = set(models.Factor.objects.current().values_list("kind", flat=True).distinct())
    return [(k, KIND_NAMES.get(k, KINDS[k][1] if k in KINDS else k)) for k in [*KIND_NAMES, *KINDS] if k in present][
        : len(present)
    ]


def confidences(codes: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Confidence of given versions."""
    wanted = set(codes)
    rows = models.Factor.objects.filter(code__in={c for c, _ in codes}).values_list("code", "version", "confidence")
    return {(c, v): f for c, v, f in rows if (c, v) in wanted}


def _view(row: models.Factor) -> FactorView:
    payload: dict[str, Any] = row.payload
    return FactorView(
        row.code,
        row.version,
        row.kind,
        KIND_NAMES.get(row.kind, row.kind),
        row.name,
        row.subject,
        row.region,
        row.value,
        row.unit,
        row.edition,
        row.valid_from,
        row.valid_to,
        row.source,
        row.confidence,
        rules.CONFIDENCE_NAMES.get(row.confidence, row.confidence),
        row.notes,
        row.pack,
        row.known_since,
        row.superseded_at,
        row.decided_by,
        row.document,
        row.reason,
        payload.get("applies_to") or "",
        payload.get("set") or "",
        payload.get("data_year"),
    )
