"""CO2 recovered and sold or used outside: R = Q x PUR x density, a deduction."""

from __future__ import annotations

from collections.abc import Iterator

from greenpark.engines.accounting._errors import MissingEvidence
from greenpark.engines.accounting._inputs import CarbonRecovery
from greenpark.engines.accounting._methods._documents import GUIDES
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Line
from greenpark.engines.accounting._working import Working


def compute(question: CarbonRecovery, working: Working) -> Iterator[Line]:
    for number, stream in enumerate(question.streams, start=1):
        if not stream.destination.strip():
            raise MissingEvidence(f"第 {number} 项 CO2 回收没有去向（买方或用途及凭证 destination），不能扣减")
        yield working.line(
            f"{number}-recovered",
            stream.label or "CO2 回收外供（扣除）",
            "-(Q * PUR * RHO)",
            (
                working.amount("Q", "回收气体量", stream.volume, "1e4Nm3"),
                working.share("PUR", "CO2 体积分数", stream.purity),
                working.factor("RHO", "CO2 密度", "density", "CO2", set="guides-2013"),
            ),
            activity=stream.volume,
            notes=(f"去向 {stream.destination}",),
        )


METHODS = (
    method(
        "co2-recovery", "guides-2013", GUIDES, ("CO2 回收利用量", "CO2 recovered and used outside"),
        Category.RECOVERED, "R = Q × PUR × 19.77", CarbonRecovery, compute, page="accounting-co2-recovery.md",
    ),
)  # fmt: skip
