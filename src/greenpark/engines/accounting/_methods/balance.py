"""Carbon mass balance: E = (sum of carbon in - sum of carbon out) x 44/12.

One computation; the editions differ only in which streams must be there. That table is what protects from the usual
mistake: a coking balance without its gas, or a carbide balance without its furnace gas, books carbon twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from greenpark.engines.accounting._errors import BadInputs, MissingFactor, NegativeBalance
from greenpark.engines.accounting._inputs import CarbonBalance, Stream
from greenpark.engines.accounting._methods import carbonate
from greenpark.engines.accounting._methods._documents import CHEMICAL, COKING, NONFERROUS, Document
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._methods.fuel import units_of
from greenpark.engines.accounting._model import Category, Flag, Line, Method, Term
from greenpark.engines.accounting._working import Working
from greenpark.kernel.factors import Factor

#: Tables of carbon contents, in the order in which they are asked.
CONTENT_SETS = ("chemical-2013", "stoichiometry")


@dataclass(frozen=True, slots=True)
class Need:
    """At least one stream of these materials must be listed; ``why`` is shown when it is not."""

    materials: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class Options:
    """Which streams an industry's balance cannot do without."""

    inputs: tuple[Need, ...] = ()
    outputs: tuple[Need, ...] = ()
    carbonate_set: str = "ipcc-2006"


def compute(question: CarbonBalance, working: Working) -> Iterator[Line]:
    options: Options = working.method.options
    _require(question.inputs, options.inputs, "输入")
    _require(question.outputs, options.outputs, "输出")
    if not question.inputs:
        raise BadInputs("碳平衡没有输入物料")
    lines = [_line(f"in-{n}-{s.material}", s, working, 1) for n, s in enumerate(question.inputs, start=1)]
    lines += [_line(f"out-{n}-{s.material}", s, working, -1) for n, s in enumerate(question.outputs, start=1)]
    balance = sum((line.value for line in lines), Decimal(0))
    if balance < 0:
        raise NegativeBalance(
            f"输出物料含碳比输入多 {-balance * 12 / 44:.6f} tC：请核对各物料的干基与收到基是否一致、煤气是否为净外供量"
        )
    yield from lines
    yield from carbonate.lines(question.carbonates, working, options.carbonate_set, "carbonate-")
    for number, stream in enumerate(question.outputs, start=1):
        if stream.burnt_on_site is not None:
            yield _burnt(f"burnt-{number}-{stream.material}", stream, working)


def output_lines(streams: tuple[Stream, ...], working: Working) -> Iterator[Line]:
    """Deductions of carbon that stays in products and residues, for methods that start from reductants."""
    for number, stream in enumerate(streams, start=1):
        yield _line(f"out-{number}-{stream.material}", stream, working, -1)


def _require(streams: tuple[Stream, ...], needs: tuple[Need, ...], side: str) -> None:
    listed = {stream.material for stream in streams}
    for need in needs:
        if not listed & need.materials:
            raise BadInputs(f"碳平衡缺少{side}物料 {'、'.join(sorted(need.materials))}：{need.why}；没有时请以 0 列出")


def _line(id: str, stream: Stream, working: Working, sign: int) -> Line:
    amount_unit, _, _ = units_of(stream.amount, stream.material)
    amount = working.amount("AD", "物料量", stream.amount, amount_unit)
    formula, carbon = _carbon(stream, working, amount_unit)
    terms = [amount, *carbon]
    formula = f"AD * {formula}"
    if stream.moisture is not None:
        terms.append(working.share("W", "水分", stream.moisture))
        formula += " * (1 - W)"
    formula += " * 44 / 12"
    return working.line(
        id,
        stream.label or working.book.name_zh(stream.material),
        formula if sign > 0 else f"-({formula})",
        terms,
        category=Category.PROCESS,
        activity=stream.amount,
    )


def _carbon(stream: Stream, working: Working, amount_unit: str) -> tuple[str, tuple[Term, ...]]:
    """Carbon of a stream: measured, else a carbon-content table, else NCV x carbon per heat of a fuel table."""
    _, ncv_unit, carbon_unit = units_of(stream.amount, stream.material)
    if stream.carbon is not None:
        return "C", (working.amount("C", "实测含碳量", stream.carbon, carbon_unit),)
    row = _content_row(stream, working)
    if row is not None and amount_unit == "t":
        return "C", (working.factor_by_id("C", "含碳量", row.id),)
    if not stream.set:
        raise MissingFactor(
            f"{stream.material} 没有缺省含碳量；请给出实测值（carbon），或用 set 指明可按低位发热量推算的燃料表"
        )
    ncv = working.factor("NCV", "低位发热量", "ncv", stream.material, set=stream.set)
    per_heat = working.factor("CC", "单位热值含碳量", "carbon-per-heat", stream.material, set=stream.set)
    if ncv.unit != ncv_unit:
        raise MissingFactor(
            f"{stream.material}：表 {stream.set} 以 {ncv.unit} 给出，数量却以 {stream.amount.unit} 给出"
        )
    return "NCV * CC", (ncv, per_heat)


def _content_row(stream: Stream, working: Working) -> Factor | None:
    sets = (stream.set,) if stream.set else CONTENT_SETS
    rows = working.book.rows("carbon-content", stream.material)
    found = [row for name in sets for row in rows if row.set == name and row.in_force(working.on)]
    return found[0] if found else None


def _burnt(id: str, stream: Stream, working: Working) -> Line:
    """A reminder beside the balance: this much of the output must stand in a fuel entry of the same period."""
    assert stream.burnt_on_site is not None
    unit, _, _ = units_of(stream.burnt_on_site, stream.material)
    burnt = working.amount("B", "边界内燃烧量", stream.burnt_on_site, unit)
    whole = working.amount("AD", "物料量", stream.amount, unit)
    if burnt.value > whole.value:
        raise BadInputs(f"{stream.material} 的边界内燃烧量大于输出量")
    line = _line(id, stream, working, 1)
    part = f"({line.formula}) * B / AD" if whole.value else "0 * B"
    return working.line(
        id,
        f"{stream.label or working.book.name_zh(stream.material)}：边界内燃烧部分（须另列燃料燃烧）",
        part,
        (*line.terms, burnt),
        category=Category.FUEL,
        activity=stream.burnt_on_site,
        flags=(Flag.GAS_BURNT,),
        notes=("按全部氧化计算，仅供核对；以燃料燃烧一项的结果为准",),
        memo=True,
    )


_GAS = "煤气既是碳平衡的输出，又是燃料燃烧的输入；漏列任何一边都会重复计算或漏算"
_FURNACE = "电石炉气带走约三分之一的碳；外供或自用都要列为输出"


def _needs(*groups: tuple[str, str]) -> tuple[Need, ...]:
    return tuple(Need(frozenset(names.split()), why) for names, why in groups)


_COKING = Options(
    inputs=_needs(("washed_coal coking_coal anthracite bituminous", "炼焦煤是唯一的主要碳源")),
    outputs=_needs(("coke", "焦炭（含焦粉）"), ("coke_oven_gas", _GAS)),
)
_CARBIDE = Options(
    inputs=_needs(("coke semi_coke anthracite", "电石炉的碳素原料")),
    outputs=_needs(("calcium_carbide", "产品电石"), ("carbide_furnace_gas", _FURNACE)),
)
_PVC = Options(
    inputs=_needs(("calcium_carbide acetylene dichloroethane ethylene vinyl_chloride", "氯乙烯的碳源")),
    outputs=_needs(
        ("pvc vinyl_chloride", "产品聚氯乙烯或氯乙烯"),
    ),
)
_METHANOL = Options(
    outputs=_needs(
        ("methanol", "产品甲醇"),
    )
)
_AMMONIA = Options()
_BDO = Options(
    inputs=_needs(
        ("acetylene calcium_carbide", "炔醛法的乙炔或电石"),
        ("formaldehyde methanol", "炔醛法的甲醛或甲醇"),
    ),
    outputs=_needs(
        ("bdo", "产品 1,4-丁二醇"),
    ),
)
_SILICON = Options(
    inputs=_needs(
        ("coke semi_coke coal petroleum_coke charcoal wood_chips anthracite bituminous", "还原剂"),
    ),
    outputs=_needs(
        ("si_metal", "产品工业硅（含碳很低，仍须列出）"),
    ),
)
_FERROALLOY = Options(
    inputs=_needs(
        ("coke semi_coke coal petroleum_coke charcoal anthracite bituminous electrode_paste", "还原剂或电极"),
    ),
)

_PAGE = "accounting-carbon-balance.md"
_E = "E = (Σ AD_in × CC_in − Σ AD_out × CC_out) × 44/12"

#: family suffix, document, Chinese title, English title, options
_EDITIONS: tuple[tuple[str, str, Document, str, str, Options], ...] = (
    ("carbon-balance", "chemical-2013", CHEMICAL, "原料碳平衡 CO2 排放（通用）", "carbon mass balance", Options()),
    ("coking", "guide-2014", COKING, "炼焦过程碳平衡", "carbon balance of coking", _COKING),
    ("carbide", "chemical-2013", CHEMICAL, "电石生产碳平衡", "carbon balance of calcium carbide", _CARBIDE),
    ("pvc", "chemical-2013", CHEMICAL, "聚氯乙烯生产碳平衡", "carbon balance of PVC", _PVC),
    ("methanol", "chemical-2013", CHEMICAL, "甲醇生产碳平衡", "carbon balance of methanol", _METHANOL),
    (
        "ammonia",
        "chemical-2013",
        CHEMICAL,
        "合成氨（及尿素）生产碳平衡",
        "carbon balance of ammonia and urea",
        _AMMONIA,
    ),
    ("bdo", "chemical-2013", CHEMICAL, "1,4-丁二醇（炔醛法）碳平衡", "carbon balance of BDO", _BDO),
    ("silicon", "nonferrous-2015", NONFERROUS, "工业硅冶炼碳平衡", "carbon balance of silicon metal", _SILICON),
    ("ferroalloy", "nonferrous-2015", NONFERROUS, "铁合金冶炼碳平衡", "carbon balance of ferroalloys", _FERROALLOY),
)


#: Families whose use of the balance was met in a retrieved source; for the others it is recalled.
_CONFIRMED = {"carbon-balance", "carbide"}


def _method(family: str, suffix: str, document: Document, zh: str, en: str, options: Options) -> Method:
    return method(
        family, suffix, document, (zh, en), Category.PROCESS, _E, CarbonBalance, compute,
        options=options, confirmed=family in _CONFIRMED, page=_PAGE,
    )  # fmt: skip


METHODS = tuple(_method(*edition) for edition in _EDITIONS)
