"""CO2 of clinker: E = Q x ((FR1 - FR10) x 44/56 + (FR2 - FR20) x 44/40) + Q_raw x FR0 x 44/12."""

from __future__ import annotations

from collections.abc import Iterator

from greenpark.engines.accounting._errors import BadAmount, BadInputs, MissingEvidence
from greenpark.engines.accounting._inputs import CementClinker, Clinker
from greenpark.engines.accounting._methods._documents import CEMENT
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Line, Quantity
from greenpark.engines.accounting._working import Working


def compute(question: CementClinker, working: Working) -> Iterator[Line]:
    for number, item in enumerate(question.lines, start=1):
        label = item.label or f"熟料线 {number}"
        _check(item, label)
        oxides = ((item.cao, item.cao_other, "CaO", 56), (item.mgo, item.mgo_other, "MgO", 40))
        for share, other, oxide, mass in oxides:
            yield _oxide(f"{number}-{oxide}", f"{label}：{oxide}", item, share, other, mass, working)
        if item.raw_meal is not None and item.raw_meal_carbon is not None:
            meal = working.amount("QR", "生料消耗量", item.raw_meal, "t")
            carbon = working.share("FR0", "生料中非燃料碳含量", item.raw_meal_carbon)
            yield working.line(
                f"{number}-raw-meal",
                f"{label}：生料非燃料碳",
                "QR * FR0 * 44 / 12",
                (meal, carbon),
                activity=item.raw_meal,
            )


def _oxide(id: str, label: str, item: Clinker, share: Quantity, other: Quantity, mass: int, working: Working) -> Line:
    clinker = working.amount("Q", "熟料产量", item.clinker, "t")
    total = working.share("FR", "熟料中氧化物含量", share)
    free = working.share("FRX", "非碳酸盐来源的氧化物含量", other)
    if free.value > total.value:
        raise BadAmount(f"{label}：非碳酸盐来源的含量 {other.value} 大于总含量 {share.value}")
    return working.line(id, label, f"Q * (FR - FRX) * 44 / {mass}", (clinker, total, free), activity=item.clinker)


def _check(item: Clinker, label: str) -> None:
    claims = item.cao_other.value > 0 or item.mgo_other.value > 0
    if claims and not item.xrf_ref:
        raise MissingEvidence(f"{label}：扣除非碳酸盐来源的 CaO、MgO（如电石渣）须有 XRF 分析报告（xrf_ref）")
    if (item.raw_meal is None) != (item.raw_meal_carbon is None):
        raise BadInputs(f"{label}：生料消耗量与生料非燃料碳含量应同时给出")


METHODS = (
    method(
        "cement-clinker", "guide-2013", CEMENT, ("水泥熟料生产过程 CO2 排放", "process CO2 of cement clinker"),
        Category.PROCESS, "E = Q × [(FR1 − FR10) × 44/56 + (FR2 − FR20) × 44/40] + Q_raw × FR0 × 44/12",
        CementClinker, compute, page="accounting-cement-clinker.md",
    ),
)  # fmt: skip
