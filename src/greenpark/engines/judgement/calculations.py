"""The catalogue's entry: JSON in, JSON out."""

from __future__ import annotations

from greenpark.engines.judgement.judge import Judgement, JudgementInput, judge
from greenpark.kernel.calculation import Calculation

CALCULATIONS = (
    Calculation(
        name="target-judgement",
        summary_zh="判断指标对目标的完成情况，说明理由",
        summary_en="Judge an indicator against its targets, with reasons",
        input=JudgementInput,
        output=Judgement,
        run=judge,
        source="文件所载目标；直线推算为本系统所加，逐项注明",
    ),
)
