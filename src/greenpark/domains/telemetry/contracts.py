"""What telemetry hands to other domains and to screens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PERMISSIONS: dict[str, str] = {
    "telemetry.view": "查看监测数据",
    "telemetry.export": "导出监测数据",
    "telemetry.review": "查看拒收报文、未知测点与网关状态",
    "telemetry.report": "导入或上传监测数据",
    "telemetry.correct": "代企业导入、更正监测数据",
    "telemetry.configure": "配置网关",
}


@dataclass(frozen=True, slots=True)
class OnlineRate:
    """How many of the points send as often as they should."""

    points: int
    online: int
    """Newest reading not older than three expected intervals, at least ten minutes."""
    silent: int
    never: int
    newest_us: int | None

    @property
    def share(self) -> float | None:
        return self.online / self.points if self.points else None


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A frame for people: the text as it came, and its parts."""

    format: str
    text: str
    fields: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    """Why it could not be taken apart."""


@dataclass(frozen=True, slots=True)
class FrameView:
    """The message that brought a reading."""

    id: int
    received_us: int
    gateway: str
    peer: str
    device: str
    raw: bytes
    decoded: DecodedFrame


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """Something that sends and is bound to no point."""

    gateway: str
    key: tuple[str, ...]
    words: str
    device: str
    peer: str
    last_us: int
    value: str
    seen: int
    """Entries in the list of refused items; repetitions are only counted there."""


@dataclass(frozen=True, slots=True)
class ImportView:
    """An upload and what became of it."""

    id: int
    name: str
    state: str
    at: datetime
    by: str
    new: int
    updated: int
    unchanged: int
    errors: int
    accepted: int
    size: int
    detail: dict[str, Any] = field(default_factory=dict)


IMPORT_STATES: dict[str, tuple[str, str]] = {
    "previewed": ("info", "待确认"),
    "stored": ("ok", "已导入"),
    "partial": ("warn", "部分导入"),
    "refused": ("bad", "文件不可用"),
    "dropped": ("none", "已放弃"),
}
