"""CH4 of anaerobic wastewater treatment: E = (W x (COD_in - COD_out) x B0 x MCF - R) x GWP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from greenpark.engines.accounting._errors import BadAmount, BadInputs
from greenpark.engines.accounting._inputs import WastewaterMethane
from greenpark.engines.accounting._methods._documents import GB32150, GUIDES
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Line, Quantity, Term
from greenpark.engines.accounting._working import Working


@dataclass(frozen=True, slots=True)
class Options:
    """Table of the methane yield, and the usual kind of treatment."""

    set: str = "guides-2013"
    treatment: str = "industrial_anaerobic"


def compute(question: WastewaterMethane, working: Working) -> Iterator[Line]:
    formula, terms, activity = _organic(question, working)
    formula = f"{formula} * B0 * MCF"
    terms += _yield(question, working)
    if question.recovered is not None:
        terms.append(working.amount("R", "甲烷回收量", question.recovered, "t"))
        formula = f"{formula} - R"
    gwp = working.factor(
        "GWP", "CH4 增温潜势", "gwp", question.gwp_subject, set=question.gwp or working.method.gwp_edition
    )
    label = question.label or "废水厌氧处理 CH4"
    line = working.line("wastewater", label, formula, terms, gas="CH4", gwp=gwp, activity=activity)
    if line.mass < 0:
        raise BadAmount(f"甲烷回收量大于产生量：净排放 {line.mass} t CH4；请核对回收量与 COD")
    yield line


def _organic(question: WastewaterMethane, working: Working) -> tuple[str, list[Term], Quantity]:
    """Degraded organic matter: given as mass of COD, or as water times the drop of its concentration."""
    measured = (question.water, question.cod_in, question.cod_out)
    if question.cod_removed is not None:
        if any(quantity is not None for quantity in measured):
            raise BadInputs("去除的 COD（cod_removed）与水量、进出水浓度只能给出一种")
        term = working.amount("COD", "去除的 COD", question.cod_removed, "tCOD")
        return "COD", [term], question.cod_removed
    if question.water is None or question.cod_in is None or question.cod_out is None:
        raise BadInputs("须给出去除的 COD（cod_removed），或同时给出水量 water 和进出水浓度 cod_in、cod_out")
    terms = [
        working.amount("W", "处理水量", question.water, "m3"),
        working.amount("COD_in", "进水 COD", question.cod_in, "tCOD/m3"),
        working.amount("COD_out", "出水 COD", question.cod_out, "tCOD/m3"),
    ]
    if terms[2].value > terms[1].value:
        raise BadAmount(f"出水 COD {question.cod_out.value} 大于进水 COD {question.cod_in.value}，请检查是否填反")
    return "W * (COD_in - COD_out)", terms, question.water


def _yield(question: WastewaterMethane, working: Working) -> list[Term]:
    options: Options = working.method.options
    return [
        working.given_or_factor(
            "B0",
            "最大产甲烷能力",
            question.methane_yield,
            "tCH4/tCOD",
            "methane-yield",
            "industrial_wastewater",
            set=options.set,
        ),
        working.given_or_factor(
            "MCF",
            "甲烷修正因子",
            question.methane_correction,
            "1",
            "methane-correction",
            question.treatment or options.treatment,
        ),
    ]


_TITLES = ("废水厌氧处理 CH4 排放", "CH4 of anaerobic wastewater treatment")
_E = "E = [W × (COD_in − COD_out) × B0 × MCF − R] × GWP"
_PAGE = "accounting-wastewater.md"

METHODS = tuple(
    method(
        "wastewater-ch4", suffix, document, _TITLES, Category.WASTEWATER, _E, WastewaterMethane, compute,
        options=Options(), gases=("CH4",), page=_PAGE,
    )
    for suffix, document in (("guides-2013", GUIDES), ("gb32150-2025", GB32150))
)  # fmt: skip
