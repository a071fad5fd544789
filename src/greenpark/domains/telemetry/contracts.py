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
    "telemetry.configure": "配置网关与现场机，下发命令",
}

#: What the audit trail calls the actions of this domain.
ACTIONS: dict[str, str] = {
    "telemetry.point.exported": "导出监测数据",
    "telemetry.reading.confirm": "确认读数有效",
    "telemetry.reading.discard": "剔除读数",
    "telemetry.reading.undo": "撤销读数处理",
    "telemetry.import.uploaded": "上传监测数据文件",
    "telemetry.import.stored": "导入监测数据",
    "telemetry.import.dropped": "放弃导入",
    "telemetry.station.changed": "修改现场机设置",
    "telemetry.command.ordered": "下发命令",
    "telemetry.command.withdrawn": "撤回命令",
    "telemetry.command.done": "命令完成",
    "telemetry.command.failed": "命令失败",
    "telemetry.command.timeout": "命令超时",
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

#: State of an order -> level of the status tag and words.
ORDER_STATES: dict[str, tuple[str, str]] = {
    "waiting": ("info", "待发"),
    "running": ("info", "执行中"),
    "done": ("ok", "完成"),
    "failed": ("bad", "失败"),
    "timeout": ("warn", "超时"),
    "withdrawn": ("none", "已撤回"),
}


@dataclass(frozen=True, slots=True)
class OrderView:
    """A downward command and what became of it. Secret fields read ``••••••``."""

    id: int
    mn: str
    cn: str
    name: str
    fields: tuple[tuple[str, str], ...]
    """Label and text."""
    reason: str
    state: str
    outcome: str
    message: str
    qn_rtn: int | None
    exe_rtn: int | None
    values: tuple[tuple[str, str], ...]
    """What the station answered: field and text."""
    records: int
    """Data records that it sent; their measurements are stored like any upload."""
    first_us: int | None
    last_us: int | None
    by: str
    at: datetime
    taken_at: datetime | None
    ended_at: datetime | None

    @property
    def under_way(self) -> bool:
        return self.state in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class StationView:
    """An HJ 212 station: every MN that a point is bound to."""

    mn: str
    points: tuple[int, ...]
    enterprise_ids: tuple[int, ...]
    connected: bool
    """A live gateway says that it is connected."""
    last_us: int | None
    """Its newest frame on that connection [UTC µs]."""
    waiting: int
    """Orders not ended yet."""
    has_password: bool
    keys: int
    """SM4 keys that are set; the keys themselves are never shown."""
    note: str
