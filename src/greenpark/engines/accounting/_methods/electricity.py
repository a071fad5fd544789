"""CO2 of bought electricity: by location, and by market with green power and certificates kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from greenpark.engines.accounting._book import GridPolicy, GridScope, YearRule
from greenpark.engines.accounting._errors import (
    DoubleClaim,
    MissingEvidence,
    MissingParameter,
    NegativePurchase,
    OverClaimed,
)
from greenpark.engines.accounting._inputs import (
    CertificateUse,
    Instrument,
    InstrumentKind,
    LocationElectricity,
    MarketElectricity,
)
from greenpark.engines.accounting._methods._documents import GB32150, GB32151_34, GHGP_SCOPE2, GUIDES, PARK_910
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Flag, Line, Quantity, Term
from greenpark.engines.accounting._working import Working

FORMULA = "W * EF"


@dataclass(frozen=True, slots=True)
class LocationOptions:
    """The edition's own grid policy; None: the caller must choose."""

    grid: GridPolicy | None = None


@dataclass(frozen=True, slots=True)
class MarketOptions:
    """rule_set: table of the zero rule. residual: factor of the rest. certificates: None when the caller decides."""

    rule_set: str
    residual: GridPolicy
    certificates: CertificateUse | None = None


def compute_location(question: LocationElectricity, working: Working) -> Iterator[Line]:
    options: LocationOptions = working.method.options
    factor, flags, notes = _location_factor(question, options, working)
    bought = _purchase(question.purchased, "外购电量", working)
    yield working.line(
        "purchased",
        question.label or "外购电力",
        FORMULA,
        (bought, factor),
        activity=question.purchased,
        flags=flags,
        notes=notes,
    )
    if question.exported is not None:
        yield _exported(question.exported, factor, flags, notes, working)


def _location_factor(
    question: LocationElectricity, options: LocationOptions, working: Working
) -> tuple[Term, tuple[Flag, ...], tuple[str, ...]]:
    own = question.emission_factor
    if own is not None:
        if not own.ref:
            raise MissingEvidence("自行给出的电力排放因子须在 ref 中写明文件号")
        return working.amount("EF", "电力排放因子（给出值）", own, "tCO2/MWh"), (), (f"依据 {own.ref}",)
    policy = question.grid or options.grid
    if policy is None:
        raise MissingParameter(
            f"方法 {working.method.id} 没有规定电网因子，须给出 grid（地区、口径和数据年份规则）或 emission_factor"
        )
    return working.grid_factor("EF", policy)


def _purchase(quantity: Quantity, what: str, working: Working) -> Term:
    if quantity.value < 0:
        raise NegativePurchase(
            f"{what}不能为负：{quantity.value} {quantity.unit}。请检查电表接线方向，或把外送电量单列为 exported"
        )
    return working.amount("W", what, quantity, "MWh")


def _exported(
    quantity: Quantity, factor: Term, flags: tuple[Flag, ...], notes: tuple[str, ...], working: Working
) -> Line:
    sold = _purchase(quantity, "外送电量", working)
    return working.line(
        "exported",
        "外送电力（扣除）",
        f"-({FORMULA})",
        (sold, factor),
        activity=quantity,
        flags=(*flags, Flag.EXPORT_DEDUCTED),
        notes=notes,
    )


def compute_market(question: MarketElectricity, working: Working) -> Iterator[Line]:
    options: MarketOptions = working.method.options
    _check_claims(question.instruments)
    consumed = _purchase(question.consumed, "用电量", working)
    use = _certificate_use(question, options)
    counted = [
        item
        for item in question.instruments
        if item.kind is not InstrumentKind.CERTIFICATE or use is CertificateUse.DEDUCT
    ]
    claimed = sum((working.amount("W", "", item.amount, "MWh").value for item in counted), Decimal(0))
    if claimed > consumed.value:
        raise OverClaimed(f"绿电、绿证等合计 {claimed} MWh，超过用电量 {consumed.value} MWh")
    zero = working.factor("EF", "非化石电力排放因子", "electricity-rule", "non_fossil", set=options.rule_set)
    for number, item in enumerate(question.instruments, start=1):
        yield _claim(number, item, zero, working, memo=not any(item is other for other in counted))
    yield from _rest(question, options, consumed, counted, working)


def _rest(
    question: MarketElectricity, options: MarketOptions, consumed: Term, counted: list[Instrument], working: Working
) -> Iterator[Line]:
    factor, flags, notes = working.grid_factor("EF", question.residual or options.residual)
    claims = [
        working.amount(f"G{n}", item.label or _NAMES[item.kind], item.amount, "MWh")
        for n, item in enumerate(counted, start=1)
    ]
    inner = " - ".join(["W", *(term.symbol for term in claims)])
    label = question.label or "其余电力"
    terms = (consumed, *claims, factor)
    yield working.line("rest", label, f"({inner}) * EF", terms, activity=question.consumed, flags=flags, notes=notes)
    if question.exported is not None:
        yield _exported(question.exported, factor, flags, notes, working)


_NAMES = {
    InstrumentKind.GREEN_POWER: "绿电交易电量",
    InstrumentKind.CERTIFICATE: "绿证电量",
    InstrumentKind.SELF_USE: "自发自用非化石电量",
    InstrumentKind.DIRECT_SUPPLY: "绿电直连电量",
}


def _claim(number: int, item: Instrument, zero: Term, working: Working, *, memo: bool) -> Line:
    amount = working.amount("W", _NAMES[item.kind], item.amount, "MWh")
    certificate = item.kind is InstrumentKind.CERTIFICATE
    notes = [f"凭证 {item.evidence}"]
    if memo:
        notes.append("本方法（或本次选择）不以单独购买的绿证抵减，仅列示")
    return working.line(
        f"{item.kind}-{number}",
        item.label or _NAMES[item.kind],
        FORMULA,
        (amount, zero),
        activity=item.amount,
        flags=(Flag.CERTIFICATES,) if certificate and not memo else (),
        notes=notes,
        memo=memo,
    )


def _certificate_use(question: MarketElectricity, options: MarketOptions) -> CertificateUse | None:
    use = question.certificates or options.certificates
    if use is None and any(item.kind is InstrumentKind.CERTIFICATE for item in question.instruments):
        raise MissingParameter("单独购买的绿证是否抵减，本方法没有规定：须以 certificates 指明 deduct 或 memo")
    return use


def _check_claims(instruments: Iterable[Instrument]) -> None:
    seen: dict[str, int] = {}
    for number, item in enumerate(instruments, start=1):
        if not item.evidence.strip():
            raise MissingEvidence(f"第 {number} 项{_NAMES[item.kind]}没有凭证（合同与结算单、绿证编号或电表原始记录）")
        for certificate in item.certificates:
            if certificate in seen:
                raise DoubleClaim(f"绿证 {certificate} 同时用于第 {seen[certificate]} 项和第 {number} 项")
            seen[certificate] = number


_NATIONAL = GridPolicy(region="全国", scope=GridScope.AVERAGE, year_rule=YearRule.LATEST_PUBLISHED)
_RESIDUAL = GridPolicy(region="全国", scope=GridScope.AVERAGE_EX_MARKET_NON_FOSSIL, year_rule=YearRule.LATEST_PUBLISHED)
_PARK = GridPolicy(region="全国", scope=GridScope.FOSSIL, year_rule=YearRule.FIXED_YEAR, data_year=2022)

_LOCATION = ("外购电力 CO2 排放（基于位置）", "purchased electricity, location-based")
_MARKET = ("电力 CO2 排放（基于市场）", "electricity, market-based")
_PARK_TITLES = ("电力 CO2 排放（国家级零碳园区口径）", "electricity, national zero-carbon park")
_LOCATION_E = "E = W × EF_grid（外送单列）"
_MARKET_E = "E = (W − Σ 绿电、绿证等) × EF_rest + Σ G × 0"
_PAGE = "accounting-electricity.md"


METHODS = (
    method(
        "electricity-location", "guides-2013", GUIDES, _LOCATION, Category.ELECTRICITY, _LOCATION_E,
        LocationElectricity, compute_location, options=LocationOptions(), confirmed=True, page=_PAGE,
    ),
    method(
        "electricity-location", "gb32150-2025", GB32150, _LOCATION, Category.ELECTRICITY, _LOCATION_E,
        LocationElectricity, compute_location, options=LocationOptions(_NATIONAL), confirmed=True, page=_PAGE,
    ),
    method(
        "electricity-market", "gb32151-34-2024", GB32151_34, _MARKET, Category.ELECTRICITY, _MARKET_E,
        MarketElectricity, compute_market, options=MarketOptions("gb32151-34-2024", _NATIONAL), confirmed=True,
        page=_PAGE,
    ),
    method(
        "electricity-market", "zero-carbon-park-910", PARK_910,
        _PARK_TITLES, Category.ELECTRICITY, _MARKET_E, MarketElectricity, compute_market,
        options=MarketOptions("zero-carbon-park-910", _PARK), confirmed=True, page=_PAGE,
    ),
    method(
        "electricity-market", "ghgp-scope2-2015", GHGP_SCOPE2, _MARKET, Category.ELECTRICITY, _MARKET_E,
        MarketElectricity, compute_market,
        options=MarketOptions("ghgp-scope2-2015", _RESIDUAL, CertificateUse.DEDUCT), page=_PAGE,
    ),
)  # fmt: skip
