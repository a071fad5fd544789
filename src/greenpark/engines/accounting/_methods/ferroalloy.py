"""Silicon and ferroalloys by reductant factors or by IPCC defaults per tonne of alloy."""

from __future__ import annotations

from collections.abc import Iterator

from greenpark.engines.accounting._errors import MissingFactor
from greenpark.engines.accounting._inputs import Alloy, AlloyProduction, Reductant, ReductantUse
from greenpark.engines.accounting._methods import balance, carbonate
from greenpark.engines.accounting._methods._documents import IPCC_2006, NONFERROUS
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._methods.fuel import units_of
from greenpark.engines.accounting._model import Category, Line
from greenpark.engines.accounting._working import Working
from greenpark.kernel.factors import Factor

#: Tables of reductant factors, in the order in which they are asked; electrodes stand in the steel guide only.
REDUCTANT_SETS = ("nonferrous-2015", "steel-2013")


def compute_reductants(question: ReductantUse, working: Working) -> Iterator[Line]:
    for number, item in enumerate(question.reductants, start=1):
        yield _reductant(f"{number}-{item.material}", item, working)
    yield from balance.output_lines(question.outputs, working)
    yield from carbonate.lines(question.carbonates, working, "ipcc-2006", "carbonate-")


def _reductant(id: str, item: Reductant, working: Working) -> Line:
    unit, _, _ = units_of(item.amount, item.material)
    amount = working.amount("M", "还原剂消耗量", item.amount, unit)
    if item.emission_factor is not None:
        factor = working.amount("EF", "还原剂排放因子（已含氧化率）", item.emission_factor, f"tCO2/{unit}")
    else:
        factor = working.factor_by_id("EF", "还原剂排放因子（已含氧化率）", _row(item, working).id)
        if factor.unit != f"tCO2/{unit}":
            raise MissingFactor(f"{item.material} 的因子以 {factor.unit} 给出，数量却以 {item.amount.unit} 给出")
    return working.line(
        id, item.label or working.book.name_zh(item.material), "M * EF", (amount, factor), activity=item.amount
    )


def _row(item: Reductant, working: Working) -> Factor:
    rows = working.book.rows("reductant", item.material)
    for name in REDUCTANT_SETS:
        for row in rows:
            if row.set == name and row.in_force(working.on):
                return row
    raise MissingFactor(f"没有还原剂 {item.material} 的排放因子；请给出 emission_factor，或改用碳平衡方法")


def compute_alloys(question: AlloyProduction, working: Working) -> Iterator[Line]:
    gwp_edition = question.gwp or working.method.gwp_edition
    for number, item in enumerate(question.alloys, start=1):
        amount = working.amount("Q", "合金产量", item.amount, "t")
        factor = working.factor("EF", "吨合金 CO2 排放因子", "process", item.alloy, set="ipcc-2006")
        label = item.label or working.book.name_zh(item.alloy)
        yield working.line(f"{number}-{item.alloy}", label, "Q * EF", (amount, factor), activity=item.amount)
        if item.operation is not None:
            yield _methane(f"{number}-{item.alloy}-CH4", label, item, working, gwp_edition)


def _methane(id: str, label: str, item: Alloy, working: Working, gwp_edition: str) -> Line:
    amount = working.amount("Q", "合金产量", item.amount, "t")
    factor = working.factor(
        "EF", "吨合金 CH4", "process-ch4", f"{item.alloy}.{item.operation}", set="ipcc-2006", unit="tCH4/t"
    )
    gwp = working.factor("GWP", "CH4 增温潜势", "gwp", "CH4", set=gwp_edition)
    return working.line(id, f"{label}：CH4", "Q * EF", (amount, factor), gas="CH4", gwp=gwp, activity=item.amount)


_PAGE = "accounting-ferroalloy.md"

METHODS = (
    method(
        "smelting-reductant", "nonferrous-2015", NONFERROUS,
        ("冶炼还原剂 CO2 排放（工业硅、铁合金）", "CO2 of reductants in smelting"), Category.PROCESS,
        "E = Σ M × EF − Σ AD_out × CC_out × 44/12 + 碳酸盐", ReductantUse, compute_reductants, page=_PAGE,
    ),
    method(
        "alloy-tier1", "ipcc-2006", IPCC_2006,
        ("铁合金产量缺省因子法（比对用）", "ferroalloys by tier 1 defaults, for comparison"), Category.PROCESS,
        "E = Σ Q × EF + Σ Q × EF_CH4 × GWP", AlloyProduction, compute_alloys, gases=("CO2", "CH4"), page=_PAGE,
    ),
)  # fmt: skip
