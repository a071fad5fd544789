"""What crosses the border of planning: permissions, words, results of loading and of checking a pack."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

PERMISSIONS: dict[str, str] = {
    "planning.view": "查看指标、任务、项目、参数与口径",
    "planning.report": "填报指标值与任务、项目进展",
    "planning.review": "核验指标值，审核进展",
    "planning.configure": "指定牵头与负责单位，确定文件未写明的参数",
    "planning.export": "导出指标、任务与项目",
}
ACTIONS: dict[str, str] = {
    "planning.pack.loaded": "载入规划数据包",
    "planning.value.entered": "填报指标值",
    "planning.value.reviewed": "核验指标值",
    "planning.progress.entered": "填报进展",
    "planning.progress.reviewed": "审核进展",
    "planning.item.decided": "确定负责单位或参数",
    "planning.list.exported": "导出规划清单",
}


class ItemKind(StrEnum):
    """What a row of a plan is."""

    INDICATOR = "indicator"
    TASK = "task"
    PROJECT = "project"
    PARAMETER = "parameter"
    SYSTEM = "system"
    FINDING = "finding"
    ANNEX = "annex"


ITEM_KINDS: dict[str, str] = {
    "indicator": "指标",
    "task": "任务",
    "project": "项目",
    "parameter": "参数",
    "system": "条款事项",
    "finding": "口径问题",
    "annex": "附表行",
}


class State(StrEnum):
    """Life of a reported value or a progress report."""

    PROVISIONAL = "provisional"
    REPORTED = "reported"
    VERIFIED = "verified"
    RETURNED = "returned"


#: State -> word and status level of the tag.
STATES: dict[str, tuple[str, str]] = {
    "provisional": ("暂报", "info"),
    "reported": ("已报待核", "warn"),
    "verified": ("已核验", "ok"),
    "returned": ("已退回", "bad"),
}


class BadReport(ValueError):
    """A value or report that cannot be taken; ``errors`` maps fields to what is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__("；".join(errors.values()))


class NotFound(LookupError):
    """No such item in this installation."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the pack and what is loaded. ``what``: new, changed, gone, back."""

    kind: str
    code: str
    what: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Outcome of loading a pack, or of looking at the difference."""

    pack: str
    edition: str
    digest: str
    changes: tuple[Change, ...]
    unchanged: int

    def count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check computed from the pack's own rows. ``figures``: label, value, working."""

    holds: bool | None
    figures: tuple[tuple[str, str, str], ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True)
class ValueDraft:
    """A value as entered. ``period`` is a year ``2026`` or a month ``2026-10``."""

    period: str
    value: str = ""
    text: str = ""
    accepted: bool | None = None
    provisional: bool = False
    evidence: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ProgressDraft:
    """A monthly progress report as entered."""

    month: str
    progress: str
    evidence: str = ""
    difficulties: str = ""
    coordination: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
