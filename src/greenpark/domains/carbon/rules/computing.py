"""From amounts and factors to ledger entries. Pure: the same inputs give the same entries to the last digit.

The engine reckons with 34 digits; here figures are rounded once, to six places (:func:`canonical.fixed`), and every sum
in the product is a sum of rounded entries. So sources add up to the enterprise and enterprises to the park exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from greenpark.domains.carbon.contracts import SourceRefused, Tier
from greenpark.domains.carbon.rules import bindings as b
from greenpark.domains.carbon.rules import canonical, items, tiers
from greenpark.engines import accounting
from greenpark.kernel.factors import Confidence


@dataclass(frozen=True, slots=True)
class PointAmount:
    """What one point contributed to a month: sums over its day rollups."""

    point: int
    amount: float | None
    """In the point's amount unit; None when nothing is known."""
    estimated: float = 0.0
    coverage: float = 0.0
    """Share of the month with valid data."""
    count: int = 0
    valid: int = 0
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """What the monthly report says."""

    report_id: int
    state: str
    values: Mapping[str, Decimal]
    evidence: str = ""
    """Names and digests of attached documents; stands as evidence for zero-rated electricity."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One input of a source with its way back."""

    binding: b.Binding
    value: Decimal | None
    quality: tiers.InputQuality
    points: tuple[tuple[int, PointAmount], ...] = ()
    """(sign, point's amount)"""
    report_id: int | None = None
    problem: str = ""
    problem_code: str = ""

    def quantity(self, tier: Tier) -> dict[str, str]:
        assert self.value is not None
        return {"value": format(self.value, "f"), "unit": self.binding.unit, "tier": tier.value, "ref": self.ref()}

    def ref(self) -> str:
        if self.binding.kind == "report":
            return f"report:{self.report_id}/{self.binding.item}"
        if self.binding.kind == "constant":
            return f"constant:{self.binding.source}"
        return "points:" + ",".join(f"{'-' if sign < 0 else ''}{p.point}" for sign, p in self.points)


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a whole computation besides amounts."""

    book: accounting.FactorBook
    versions: Mapping[str, int]
    on: date
    """First day of the month: editions and factors must be in force then."""
    published_by: date
    """Grid factors issued later are not known yet."""
    equal_electricity: Decimal | None = None
    """Equal-value coefficient of electricity [gce/kWh], a dated parameter."""
    equal_electricity_source: str = ""
    equal_heat: Decimal | None = None
    """[kgce/GJ]"""
    equal_heat_source: str = ""


_FACTOR_FIELDS = ("name", "code", "version", "value", "unit", "confidence")


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry before it is stored; figures are rounded to six places."""

    source: str
    source_name: str
    process: str
    category: str
    medium: str
    gas: str
    config: str
    activity: Decimal | None
    activity_unit: str
    method: str
    method_edition: str
    tce_calorific: Decimal | None
    tce_equal: Decimal | None
    gas_t: Decimal | None
    tco2e: Decimal | None
    tco2e_market: Decimal | None
    tier: str
    coverage: Decimal | None
    estimated_share: Decimal | None
    unconfirmed: bool
    problem_code: str
    problem: str
    factors: tuple[dict[str, Any], ...]
    working: tuple[dict[str, Any], ...]
    inputs: tuple[dict[str, Any], ...]

    def canonical(self) -> dict[str, Any]:
        """What of the entry goes into the canonical bytes. The working follows from the rest and stays out."""
        return {
            "source": self.source,
            "source_name": self.source_name,
            "process": self.process,
            "category": self.category,
            "medium": self.medium,
            "gas": self.gas,
            "config": self.config,
            "inputs": [dict(i) for i in self.inputs],
            "activity": canonical.text(self.activity),
            "activity_unit": self.activity_unit,
            "factors": [
                {k: f[k] for k in ("name", "code", "version", "value", "unit", "confidence")} for f in self.factors
            ],
            "method": self.method,
            "method_edition": self.method_edition,
            "tce_calorific": canonical.text(self.tce_calorific),
            "tce_equal": canonical.text(self.tce_equal),
            "gas_t": canonical.text(self.gas_t),
            "tco2e": canonical.text(self.tco2e),
            "tco2e_market": canonical.text(self.tco2e_market),
            "tier": self.tier,
            "unconfirmed": self.unconfirmed,
            "problem": self.problem_code,
        }


def amounts_of(spec: b.Spec, points: Mapping[int, PointAmount], report: Reported | None) -> list[Amount]:
    """The value of each binding, or why there is none."""
    return [_amount(binding, points, report) for binding in spec.bindings]


def _amount(binding: b.Binding, points: Mapping[int, PointAmount], report: Reported | None) -> Amount:
    if binding.kind == "constant":
        return Amount(binding, binding.value, tiers.InputQuality("constant", float(binding.value or 0)))
    if binding.kind == "report":
        return _reported(binding, report)
    return _metered(binding, points)


def _reported(binding: b.Binding, report: Reported | None) -> Amount:
    value = report.values.get(binding.item) if report else None
    if value is None:
        problem = f"企业月报没有「{items.BY_CODE[binding.item].name}」"
        return Amount(binding, None, tiers.InputQuality("report", 0.0), problem=problem, problem_code="missing_report")
    scaled = value * binding.scale
    return Amount(
        binding, scaled, tiers.InputQuality("report", float(scaled)), report_id=report.report_id if report else None
    )


def _metered(binding: b.Binding, points: Mapping[int, PointAmount]) -> Amount:
    parts = tuple((sign, points.get(p, PointAmount(p, None))) for p, sign in binding.points)
    silent = [str(p.point) for _, p in parts if p.amount is None]
    quality = tiers.InputQuality(
        "points",
        sum(abs(p.amount or 0.0) for _, p in parts),
        sum(abs(p.estimated) for _, p in parts),
        min(p.coverage for _, p in parts),
        _union(p.quality for _, p in parts),
    )
    if silent:
        problem = f"监测点 {'、'.join(silent)} 当月没有可用读数"
        return Amount(binding, None, quality, parts, problem=problem, problem_code="no_data")
    total = sum((sign * canonical.fixed(p.amount or 0.0) for sign, p in parts), Decimal(0))
    return Amount(binding, total * binding.scale, quality, parts)


def _union(masks: Any) -> int:
    found = 0
    for mask in masks:
        found |= int(mask)
    return found


def compute(spec: b.Spec, amounts: Sequence[Amount], setting: Setting, report: Reported | None) -> list[Entry]:
    """Entries of one source for one month: one per gas, or a single one that says why it could not be computed.

    An absent optional amount is left out; any other absent amount, a missing factor or a refusal of the method gives an
    entry without figures: never a zero.
    """
    found = tiers.tier_of([a.quality for a in amounts if a.value is not None or not a.binding.optional])
    absent = next((a for a in amounts if a.value is None and not a.binding.optional), None)
    if absent is not None:
        return [_failed(spec, amounts, found, absent.problem_code, absent.problem)]
    try:
        result = accounting.run(spec.method, _inputs(spec, amounts, found.tier, setting), setting.book, setting.on)
        energy = _energy(spec, amounts, found.tier, setting)
    except accounting.MissingFactor as fault:
        return [_failed(spec, amounts, found, "missing_factor", str(fault))]
    except (accounting.UnknownMethod, accounting.MethodOutOfForce, accounting.BadInputs, SourceRefused) as fault:
        return [_failed(spec, amounts, found, "configuration", str(fault))]
    except accounting.AccountingError as fault:
        return [_failed(spec, amounts, found, "method_refused", str(fault))]
    market, market_note = _market(spec, amounts, found.tier, setting, report)
    return _entries(spec, amounts, found, result, energy, market, market_note, setting)


def _inputs(spec: b.Spec, amounts: Sequence[Amount], tier: Tier, setting: Setting) -> dict[str, Any]:
    filled = b.fill(
        spec.options, {a.binding.path: a.quantity(tier) for a in amounts if a.binding.path and a.value is not None}
    )
    filled = b.leave_out(filled, [a.binding.path for a in amounts if a.binding.path and a.value is None])
    return _with_publication(filled, spec.method, "grid", setting)


def _with_publication(filled: dict[str, Any], method_id: str, field: str, setting: Setting) -> dict[str, Any]:
    """Pin which grid factors are published where the method picks one: a later one must not change a month."""
    method = accounting.METHODS.get(method_id)
    if method is None or field not in method.inputs.__struct_fields__:
        return filled
    policy = filled.get(field) or {}
    if isinstance(policy, dict) and policy and "published_by" not in policy:
        filled[field] = {**policy, "published_by": setting.published_by}
    return filled


def _market(
    spec: b.Spec, amounts: Sequence[Amount], tier: Tier, setting: Setting, report: Reported | None
) -> tuple[accounting.MethodResult | None, str]:
    """The market-based result, or why there is none (then the location-based figure stands for both)."""
    if spec.market is None:
        return None, ""
    by_name = {a.binding.name: a for a in amounts}
    options = b.leave_out(
        spec.market.options, [path for path, name in spec.market.inputs.items() if by_name[name].value is None]
    )
    kept = {
        path: by_name[name].quantity(tier)
        for path, name in spec.market.inputs.items()
        if by_name[name].value is not None
    }
    try:
        filled = b.fill(options, kept)
        for claim in filled.get("instruments") or ():
            claim["evidence"] = claim.get("evidence") or (report.evidence if report else "")
        filled = _with_publication(filled, spec.market.method, "residual", setting)
        return accounting.run(spec.market.method, filled, setting.book, setting.on), ""
    except (accounting.AccountingError, SourceRefused) as fault:
        return None, f"基于市场的数字取基于位置的数字：{fault}"


def _energy(
    spec: b.Spec, amounts: Sequence[Amount], tier: Tier, setting: Setting
) -> tuple[accounting.EnergyResult | None, accounting.EnergyResult | None]:
    """Calorific and equal-value results; the latter None while its coefficient is not set."""
    if not spec.energy:
        return None, None
    by_name = {a.binding.name: a for a in amounts}
    carriers = [
        accounting.EnergyItem(
            carrier=e.carrier,
            amount=_quantity(by_name[e.input].quantity(tier)),
            direction=accounting.Direction(e.direction),
            purpose=accounting.Purpose(e.purpose),
            non_fossil=e.non_fossil,
            lhv=_quantity(e.lhv) if e.lhv else None,
            coefficient=_quantity(e.coefficient) if e.coefficient else None,
        )
        for e in spec.energy
        if by_name[e.input].value is not None
    ]
    calorific = accounting.to_tce(carriers, accounting.Basis.EQUIVALENT, setting.book, setting.on)
    try:
        equal = accounting.to_tce(
            carriers, accounting.Basis.EQUAL_VALUE, setting.book, setting.on, equal_value=_equal_value(setting)
        )
    except accounting.MissingParameter:
        equal = None
    return calorific, equal


def _equal_value(setting: Setting) -> accounting.EqualValue:
    def made(value: Decimal | None, unit: str, source: str) -> accounting.Quantity | None:
        return None if value is None else accounting.Quantity(value=value, unit=unit, ref=source)

    return accounting.EqualValue(
        electricity=made(setting.equal_electricity, "gce/kWh", setting.equal_electricity_source),
        heat=made(setting.equal_heat, "kgce/GJ", setting.equal_heat_source),
    )


def _quantity(row: Mapping[str, Any]) -> accounting.Quantity:
    return accounting.Quantity(
        value=Decimal(str(row["value"])),
        unit=str(row["unit"]),
        tier=accounting.Tier(row.get("tier", "measured")),
        ref=str(row.get("ref", "")),
    )


def _entries(
    spec: b.Spec,
    amounts: Sequence[Amount],
    found: tiers.TierFound,
    result: accounting.MethodResult,
    energy: tuple[accounting.EnergyResult | None, accounting.EnergyResult | None],
    market: accounting.MethodResult | None,
    market_note: str,
    setting: Setting,
) -> list[Entry]:
    calorific, equal = energy
    gases = [g.gas for g in result.by_gas] or ["CO2"]
    by_market = {g.gas: g.co2e for g in market.by_gas} if market else None
    main = "CO2" if "CO2" in gases else gases[0]
    entries: list[Entry] = []
    for gas in sorted(gases, key=lambda g: (g != main, g)):
        lines: list[Any] = [line for line in result.lines if line.gas == gas]
        working = [_line(line, "tCO2e", line.value) for line in lines]
        used: list[Any] = list(lines)
        if gas == main:
            for part, name in ((calorific, "当量"), (equal, "等价")):
                used += part.lines if part else ()
                working += [_line(line, "tce", line.tce, f"综合能耗（{name}）") for line in part.lines] if part else []
            if market:
                used += market.lines
                working += [_line(line, "tCO2e", line.value, "基于市场") for line in (*market.lines, *market.memo)]
            working += (
                [{"label": market_note, "formula": "", "value": "", "unit": "", "terms": []}] if market_note else []
            )
        total = next((g for g in result.by_gas if g.gas == gas), None)
        tco2e = canonical.fixed(total.co2e if total else Decimal(0))
        factors = _factors(used, setting)
        entries.append(
            _entry(
                spec,
                amounts if gas == main else (),
                found,
                gas=gas,
                method_edition=result.edition,
                tce_calorific=_tce(calorific) if gas == main else Decimal(0),
                tce_equal=(_tce(equal) if equal or not calorific else None) if gas == main else Decimal(0),
                gas_t=canonical.fixed(total.mass if total else Decimal(0)),
                tco2e=tco2e,
                tco2e_market=tco2e if by_market is None else canonical.fixed(by_market.get(gas, Decimal(0))),
                unconfirmed=any(f["confidence"] != Confidence.CONFIRMED for f in factors),
                factors=tuple(factors),
                working=tuple(working),
            )
        )
    return entries


def _tce(result: accounting.EnergyResult | None) -> Decimal:
    return canonical.fixed(result.total if result else Decimal(0))


def _factors(lines: Sequence[Any], setting: Setting) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        for term in line.terms:
            if term.factor_id and term.factor_id not in found:
                found[term.factor_id] = {
                    "name": term.factor_id,
                    "code": term.factor_id,
                    "version": setting.versions.get(term.factor_id, 0),
                    "label": term.name_zh,
                    "value": format(term.value, "f"),
                    "unit": term.unit,
                    "edition": term.edition,
                    "confidence": str(term.confidence or ""),
                    "source": list(term.source),
                }
    return [found[key] for key in sorted(found)]


def _line(line: Any, unit: str, value: Decimal, prefix: str = "") -> dict[str, Any]:
    return {
        "label": f"{prefix}：{line.label_zh}" if prefix else line.label_zh,
        "formula": line.formula,
        "value": canonical.text(value),
        "unit": unit,
        "flags": [str(f) for f in line.flags],
        "notes": list(line.notes),
        "terms": [
            {
                "symbol": t.symbol,
                "name": t.name_zh,
                "value": format(t.value.normalize(), "f"),
                "unit": "" if t.unit == "1" else t.unit,
                "factor": t.factor_id,
                "confidence": str(t.confidence or ""),
                "source": list(t.source),
                "ref": t.ref,
            }
            for t in line.terms
        ],
    }


def _failed(spec: b.Spec, amounts: Sequence[Amount], found: tiers.TierFound, code: str, problem: str) -> Entry:
    method = accounting.METHODS.get(spec.method)
    return _entry(
        spec,
        amounts,
        found,
        gas="CO2",
        method_edition=method.edition if method else "",
        problem_code=code,
        problem=problem[:500],
    )


def _entry(
    spec: b.Spec,
    amounts: Sequence[Amount],
    found: tiers.TierFound,
    *,
    gas: str,
    method_edition: str,
    tce_calorific: Decimal | None = None,
    tce_equal: Decimal | None = None,
    gas_t: Decimal | None = None,
    tco2e: Decimal | None = None,
    tco2e_market: Decimal | None = None,
    unconfirmed: bool = False,
    problem_code: str = "",
    problem: str = "",
    factors: tuple[dict[str, Any], ...] = (),
    working: tuple[dict[str, Any], ...] = (),
) -> Entry:
    main = amounts[0] if amounts else None
    return Entry(
        spec.code,
        spec.name,
        spec.process,
        spec.category,
        spec.medium,
        gas,
        spec.digest,
        canonical.fixed(main.value) if main and main.value is not None else None,
        main.binding.unit if main else "",
        spec.method,
        method_edition,
        tce_calorific,
        tce_equal,
        gas_t,
        tco2e,
        tco2e_market,
        found.tier.value,
        None if found.coverage is None else canonical.fixed(found.coverage),
        None if found.estimated_share is None else canonical.fixed(found.estimated_share),
        unconfirmed,
        problem_code,
        problem,
        factors,
        working,
        tuple(_input(a) for a in amounts),
    )


def _input(amount: Amount) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": amount.binding.name,
        "origin": amount.binding.kind,
        "value": canonical.text(amount.value),
        "unit": amount.binding.unit,
    }
    if amount.binding.kind == "report":
        row["item"] = amount.binding.item
    if amount.binding.kind == "constant":
        row["source"] = amount.binding.source
    if amount.points:
        row["points"] = [
            {
                "point": p.point,
                "sign": sign,
                "amount": None if p.amount is None else canonical.text(canonical.fixed(p.amount)),
                "estimated": canonical.text(canonical.fixed(p.estimated)),
                "coverage": canonical.text(canonical.fixed(p.coverage)),
                "count": p.count,
                "valid": p.valid,
                "quality": p.quality,
            }
            for sign, p in amount.points
        ]
    return row


def month_document(enterprise_code: str, month: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """The document whose canonical bytes are the closed month of one enterprise."""
    ordered = sorted(entries, key=lambda e: (e.source, e.gas))
    return {
        "format": canonical.FORMAT,
        "enterprise": enterprise_code,
        "month": month,
        "entries": [e.canonical() for e in ordered],
        "totals": {
            name: canonical.text(sum((getattr(e, name) or Decimal(0) for e in ordered), Decimal(0)))
            for name in ("tco2e", "tco2e_market", "tce_calorific")
        },
    }
