"""What stands in the way of closing a month, and what a person should look at before doing so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from greenpark.domains.carbon.contracts import REPORT_STATE_NAMES, Check, ReportState

#: Problems of an entry that stand in the way; all others (no report, no readings) are warnings.
BLOCKING = frozenset({"missing_factor", "method_refused", "configuration"})


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the checks need to know of one computed source."""

    code: str
    name: str
    problem_code: str
    problem: str
    coverage: Decimal | None
    unconfirmed: tuple[str, ...]
    """Codes of unconfirmed factors used."""


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """What the checks need to know of one enterprise's month."""

    enterprise_id: int
    enterprise: str
    report_state: str
    report_expected: bool
    sources: tuple[SourceFacts, ...]
    closed: bool


def checks(facts: EnterpriseFacts, *, month_over: bool, month: str, coverage_minimum: Decimal | None) -> list[Check]:
    """Findings for one enterprise, blocking ones first. A closed month has none.

    ``coverage_minimum`` is a parameter between 0 and 1; while nobody has set it, coverage is shown but not judged.
    """
    if facts.closed:
        return []
    found: list[Check] = []

    def add(level: str, code: str, text: str, source: str = "") -> None:
        found.append(Check(level, code, text, facts.enterprise_id, facts.enterprise, source))

    if not month_over:
        add("block", "month_not_over", f"{month} 尚未结束，月底之后才能月结")
    if not facts.sources:
        add("block", "no_sources", "没有在有效期内的核算源，请先配置核算源")
    if facts.report_expected and facts.report_state != ReportState.VERIFIED:
        add("warn", "report", f"企业月报{REPORT_STATE_NAMES.get(facts.report_state, facts.report_state)}，尚未核验")
    for source in facts.sources:
        if source.problem:
            level = "block" if source.problem_code in BLOCKING else "warn"
            add(level, source.problem_code, source.problem, source.code)
        if coverage_minimum is not None and source.coverage is not None and source.coverage < coverage_minimum:
            add(
                "warn",
                "coverage",
                f"{source.name}：有效数据覆盖 {source.coverage:.1%}，低于参数 {coverage_minimum:.1%}",
                source.code,
            )
        if source.unconfirmed:
            add("warn", "unconfirmed", f"{source.name}：使用了未确认因子 {'、'.join(source.unconfirmed)}", source.code)
    return sorted(found, key=lambda c: c.level != "block")
