"""Enterprises and points as other domains see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from greenpark.kernel.points import BindingKey, PointSpec

PERMISSIONS: dict[str, str] = {
    "registry.view": "查看企业名录与监测点",
    "registry.export": "导出企业名录",
    "registry.configure": "维护企业、设施与监测点",
    "registry.review": "确认别名",
}


ACTIONS: dict[str, str] = {
    "registry.enterprise.created": "登记企业",
    "registry.enterprise.changed": "修改企业",
    "registry.enterprises.exported": "导出企业名录",
    "registry.facility.saved": "保存设施",
    "registry.point.created": "新增监测点",
    "registry.point.changed": "修改监测点",
    "registry.points.exported": "导出监测点",
    "registry.alias.confirmed": "确认别名",
    "registry.alias.rejected": "否定别名",
    "registry.pack.loaded": "载入地区数据包",
}


class Medium(StrEnum):
    """What a point measures."""

    ELECTRICITY = "electricity"
    COAL = "coal"
    COKE = "coke"
    NATURAL_GAS = "natural_gas"
    COKE_OVEN_GAS = "coke_oven_gas"
    BLAST_FURNACE_GAS = "blast_furnace_gas"
    CONVERTER_GAS = "converter_gas"
    OIL = "oil"
    STEAM = "steam"
    HEAT = "heat"
    COMPRESSED_AIR = "compressed_air"
    HYDROGEN = "hydrogen"
    WATER = "water"
    WASTEWATER = "wastewater"
    FLUE_GAS = "flue_gas"
    AMBIENT_AIR = "ambient_air"
    MATERIAL = "material"
    OTHER = "other"


MEDIA: dict[str, str] = {
    "electricity": "电力",
    "coal": "煤",
    "coke": "焦炭",
    "natural_gas": "天然气",
    "coke_oven_gas": "焦炉煤气",
    "blast_furnace_gas": "高炉煤气",
    "converter_gas": "转炉煤气",
    "oil": "油品",
    "steam": "蒸汽",
    "heat": "热力",
    "compressed_air": "压缩空气",
    "hydrogen": "氢气",
    "water": "水",
    "wastewater": "废水",
    "flue_gas": "烟气",
    "ambient_air": "环境空气",
    "material": "物料",
    "other": "其他",
}


class Balance(StrEnum):
    """The place of a point in the balance of its enterprise."""

    IMPORT = "import"
    EXPORT = "export"
    PRODUCTION = "production"
    SUB_METER = "sub_meter"
    NONE = "none"


BALANCES: dict[str, str] = {
    "import": "购入（总表）",
    "export": "外供",
    "production": "自产",
    "sub_meter": "分表（计入上级）",
    "none": "不计入平衡",
}

POINT_KINDS: dict[str, str] = {
    "counter": "累计（示数）",
    "interval": "时段量",
    "rate": "瞬时量",
    "concentration": "浓度",
    "state": "状态",
}


class AliasState(StrEnum):
    INFERENCE = "inference"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


ALIAS_STATES: dict[str, str] = {"inference": "推断，待确认", "confirmed": "已确认", "rejected": "已否定"}


@dataclass(frozen=True, slots=True)
class EnterpriseView:
    """An enterprise of the registry. ``credit_code`` is blank when the source documents do not give it."""

    id: int
    code: str
    name: str
    short_name: str
    credit_code: str
    district: str
    district_note: str
    park: str
    industry: str
    role: str
    note: str
    document: str
    quote: str
    organisation_id: int
    demo: bool
    active: bool
    point_count: int = 0
    aliases_open: int = 0


@dataclass(frozen=True, slots=True)
class PointView:
    """A monitoring point with its place, for screens, exports and accounting."""

    id: int
    code: str
    name: str
    enterprise_id: int
    enterprise_name: str
    organisation_id: int
    facility: str
    medium: str
    balance: str
    sub_meter_of: int | None
    binding: BindingKey | None
    meter_class: str
    calibration_due: date | None
    demo: bool
    active: bool
    spec: PointSpec


@dataclass(frozen=True, slots=True)
class AliasView:
    """A name printed somewhere, and whom it is thought to mean."""

    id: int
    text: str
    kind: str
    """enterprise or park"""
    target_id: int
    target_name: str
    state: str
    document: str
    quote: str
    note: str
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PointDraft:
    """Everything a person or an import may say about a point. Times are aware datetimes."""

    enterprise_id: int
    code: str
    name: str
    medium: str
    kind: str
    unit: str
    expected_interval_s: int
    balance: str = "none"
    facility_id: int | None = None
    sub_meter_of: int | None = None
    multiplier: float = 1.0
    register_max: float | None = None
    min_value: float | None = None
    max_value: float | None = None
    max_rate: float | None = None
    commissioned_at: datetime | None = None
    decommissioned_at: datetime | None = None
    meter_class: str = ""
    calibration_due: date | None = None
    binding: BindingKey | None = None
    active: bool = True
    demo: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class EnterpriseDraft:
    """Everything a person may say about an enterprise."""

    code: str
    name: str
    short_name: str = ""
    credit_code: str = ""
    district_id: int | None = None
    district_note: str = ""
    park_id: int | None = None
    industry: str = ""
    role: str = ""
    note: str = ""
    parent_organisation_id: int | None = None
    """Where a new enterprise's organisation hangs in the tree; None = the root."""
    demo: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class PointDirectory:
    """All active points at one version, for gateways and calculations. Built once, kept until the version changes."""

    version: int
    by_key: Mapping[BindingKey, PointSpec]
    by_id: Mapping[int, PointSpec]
    organisation_of: Mapping[int, int]
    enterprise_of: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A district, park or other place."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    relation: str
    district: str
    document: str
    quote: str
    note: str
    enterprises: int = 0


@dataclass(frozen=True, slots=True)
class FacilityView:
    """A plant, workshop, line or device."""

    id: int
    enterprise_id: int
    parent_id: int | None
    code: str
    name: str
    kind: str
    depth: int

    @property
    def indent(self) -> str:
        """Ideographic spaces that show the depth in a list."""
        return "　" * self.depth


@dataclass(frozen=True, slots=True)
class PackChange:
    """One difference between a pack and the registry."""

    table: str
    key: str
    what: str
    """new, changed, kept (a person's edit stands) or gone (in the registry, no longer in the pack)"""
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> (value in the registry, value in the pack)."""


@dataclass(frozen=True, slots=True)
class PackReport:
    """What loading a pack did, or would do."""

    pack: str
    edition: str
    digest: str
    changes: tuple[PackChange, ...]
    unchanged: int

    def count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)
