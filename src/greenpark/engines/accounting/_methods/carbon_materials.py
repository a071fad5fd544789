"""Carbon materials after GB/T 32151.34: calcining, baking and graphitising, by carbon balance and volatile matter.

The shape of the formulas was inferred from conformance vectors of a public implementation, not read in the standard;
every result therefore carries ``method-unconfirmed``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from greenpark.engines.accounting._errors import NegativeBalance
from greenpark.engines.accounting._inputs import Baking, Calcination, CarbonMaterials, Graphitisation
from greenpark.engines.accounting._methods._documents import GB32151_34
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Line, Quantity, Term
from greenpark.engines.accounting._working import Working


class _Symbol(NamedTuple):
    symbol: str
    name_zh: str
    mass: bool


def compute(question: CarbonMaterials, working: Working) -> Iterator[Line]:
    for number, calcined in enumerate(question.calcination, start=1):
        yield from _step(f"calcination-{number}", "煅烧", _CALCINATION, calcined, working)
    for number, baked in enumerate(question.baking, start=1):
        yield from _step(f"baking-{number}", "焙烧", _BAKING, baked, working)
    for number, graphite in enumerate(question.graphitisation, start=1):
        yield from _step(f"graphitisation-{number}", "石墨化", _GRAPHITISATION, graphite, working)


class _Step(NamedTuple):
    carbon: str
    volatile: str
    symbols: dict[str, _Symbol]


def _step(
    id: str, label: str, step: _Step, inputs: Calcination | Baking | Graphitisation, working: Working
) -> Iterator[Line]:
    terms = {field: _term(symbol, getattr(inputs, field), working) for field, symbol in step.symbols.items()}
    by_symbol = {term.symbol: term for term in terms.values()}
    lines = [
        working.line(f"{id}-carbon", f"{label}：碳的氧化", f"({step.carbon}) * 44 / 12", _used(step.carbon, by_symbol)),
        working.line(
            f"{id}-volatile", f"{label}：挥发分燃烧", f"({step.volatile}) * 44 / 16", _used(step.volatile, by_symbol)
        ),
    ]
    for line in lines:
        if line.value < Decimal(0):
            raise NegativeBalance(f"{line.label_zh}为负：输出物料含碳（挥发分）多于输入，请核对数量与含量")
    yield from lines


def _term(symbol: _Symbol, quantity: Quantity, working: Working) -> Term:
    if symbol.mass:
        return working.amount(symbol.symbol, symbol.name_zh, quantity, "t")
    return working.share(symbol.symbol, symbol.name_zh, quantity)


def _used(formula: str, terms: dict[str, Term]) -> list[Term]:
    words = formula.replace("(", " ").replace(")", " ").split()
    return [terms[word] for word in dict.fromkeys(words) if word in terms]


def _mass(symbol: str, name_zh: str) -> _Symbol:
    return _Symbol(symbol, name_zh, mass=True)


def _content(symbol: str, name_zh: str) -> _Symbol:
    return _Symbol(symbol, name_zh, mass=False)


_CALCINATION = _Step(
    "GC * WFC - (CC + UCC + DU) * WFCc",
    "(GC * WVAR - CC * WVARc) * K",
    {
        "green_coke": _mass("GC", "生焦量"),
        "green_coke_carbon": _content("WFC", "生焦固定碳含量"),
        "green_coke_volatile": _content("WVAR", "生焦挥发分"),
        "calcined_coke": _mass("CC", "煅后焦量"),
        "under_calcined_coke": _mass("UCC", "欠煅焦量"),
        "dust": _mass("DU", "粉尘量"),
        "calcined_coke_carbon": _content("WFCc", "煅后焦固定碳含量"),
        "calcined_coke_volatile": _content("WVARc", "煅后焦挥发分"),
        "volatile_share": _content("K", "挥发分的甲烷当量份额"),
    },
)
_BAKING = _Step(
    "BPM * BPMFC + BG * BGFC - BWT - BP * BPFC",
    "(BPM * BPMVar + BG * BGVar) * K",
    {
        "packing": _mass("BPM", "填充料量"),
        "packing_carbon": _content("BPMFC", "填充料固定碳含量"),
        "packing_volatile": _content("BPMVar", "填充料挥发分"),
        "green_blocks": _mass("BG", "生坯量"),
        "green_blocks_carbon": _content("BGFC", "生坯固定碳含量"),
        "green_blocks_volatile": _content("BGVar", "生坯挥发分"),
        "waste_carbon": _mass("BWT", "废料含碳量"),
        "baked_blocks": _mass("BP", "焙烧品量"),
        "baked_blocks_carbon": _content("BPFC", "焙烧品固定碳含量"),
        "volatile_share": _content("K", "挥发分的甲烷当量份额"),
    },
)
_GRAPHITISATION = _Step(
    "GPM * GPMFC + GTA * GTAFC - GWT - GP * GPFC",
    "GPM * GPMVar * K",
    {
        "packing": _mass("GPM", "填充料量"),
        "packing_carbon": _content("GPMFC", "填充料固定碳含量"),
        "packing_volatile": _content("GPMVar", "填充料挥发分"),
        "charge": _mass("GTA", "装炉品量"),
        "charge_carbon": _content("GTAFC", "装炉品固定碳含量"),
        "waste_carbon": _mass("GWT", "废料含碳量"),
        "products": _mass("GP", "石墨化品量"),
        "products_carbon": _content("GPFC", "石墨化品固定碳含量"),
        "volatile_share": _content("K", "挥发分的甲烷当量份额"),
    },
)

METHODS = (
    method(
        "carbon-materials", "gb32151-34-2024", GB32151_34,
        ("炭素材料煅烧、焙烧、石墨化 CO2 排放", "CO2 of calcining, baking and graphitising"), Category.PROCESS,
        "E = Σ (碳输入 − 碳输出) × 44/12 + Σ 挥发分 × K × 44/16", CarbonMaterials, compute,
        page="accounting-carbon-materials.md",
    ),
)  # fmt: skip
