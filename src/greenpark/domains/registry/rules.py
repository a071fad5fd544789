"""Decisions of the registry without a database: what a point may be, how a pack meets people's edits."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from greenpark.domains.registry.contracts import BALANCES, MEDIA, POINT_KINDS, EnterpriseDraft, PointDraft
from greenpark.kernel.identity import NotACreditCode, credit_code
from greenpark.kernel.points import BindingKey

#: Gateway -> names of the parts of its binding key, in order (see kernel/points.py).
BINDINGS: dict[str, tuple[str, ...]] = {
    "hj212": ("MN 设备编号", "命令编码", "因子与后缀"),
    "mqtt": ("主题", "JSON 路径"),
    "sparkplug": ("组", "边缘节点", "设备", "指标"),
    "modbus": ("主机:端口", "单元", "寄存器"),
    "http": ("外部编号",),
}
#: Parts that may be empty: a bare MQTT payload has no path, a metric of an edge node no device.
MAY_BE_EMPTY = {("mqtt", 2), ("sparkplug", 3)}

#: Offered in forms; others are accepted as written, since readings are compared with them literally.
UNITS: tuple[str, ...] = (
    "kWh", "MWh", "kvarh", "kW", "MW", "V", "A", "m3", "Nm3", "t", "kg", "GJ", "MJ", "m3/h", "Nm3/h", "t/h", "kg/h",
    "GJ/h", "mg/m3", "ug/m3", "mg/L", "%", "Cel", "kPa", "MPa", "m/s", "pH", "1",
)  # fmt: skip


class NotAPoint(ValueError):
    """The draft is no point; ``errors`` maps fields of the form to what is wrong."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("；".join(f"{name}：{why}" for name, why in self.errors.items()))


class NotAnEnterprise(ValueError):
    """The draft is no enterprise; ``errors`` maps fields of the form to what is wrong."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("；".join(f"{name}：{why}" for name, why in self.errors.items()))


def binding_text(key: BindingKey | None) -> str | None:
    """The canonical text of a binding key, as stored and compared; None for none."""
    return None if key is None else json.dumps(list(key), ensure_ascii=False, separators=(",", ":"))


def binding_key(text: str | None) -> BindingKey | None:
    """Back from :func:`binding_text`."""
    return None if text is None else tuple(json.loads(text))


def check_point(draft: PointDraft) -> None:
    """Raise NotAPoint with every fault that shows without the database."""
    errors = _words(draft) | _numbers(draft) | _times(draft)
    if draft.binding is not None and (why := _binding(draft.binding)):
        errors["binding"] = why
    if (draft.balance == "sub_meter") != (draft.sub_meter_of is not None):
        errors["sub_meter_of"] = "分表须指明上级监测点，其他位置不填"
    if errors:
        raise NotAPoint(errors)


def _words(draft: PointDraft) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not re.fullmatch(r"[\w.:/-]{1,60}", draft.code):
        errors["code"] = "代码为 1—60 位字母、数字、汉字或 . : / -"
    if not draft.name.strip():
        errors["name"] = "名称必须填写"
    if not draft.unit.strip() or len(draft.unit) > 20 or " " in draft.unit:
        errors["unit"] = "单位必须填写，不含空格，20 字以内"
    for name, value, known in (
        ("medium", draft.medium, MEDIA),
        ("kind", draft.kind, POINT_KINDS),
        ("balance", draft.balance, BALANCES),
    ):
        if value not in known:
            errors[name] = f"{value!r} 不在 {'、'.join(known.values())} 之中"
    return errors


def _numbers(draft: PointDraft) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not 1 <= draft.expected_interval_s <= 366 * 86_400:
        errors["expected_interval_s"] = "上报间隔应在 1 秒到 366 天之间"
    for name in ("multiplier", "register_max", "min_value", "max_value", "max_rate"):
        value = getattr(draft, name)
        if value is not None and not math.isfinite(value):
            errors[name] = "应为有限的数字"
    if errors:
        return errors
    if draft.multiplier <= 0:
        errors["multiplier"] = "倍率应大于 0"
    if draft.register_max is not None and (draft.kind != "counter" or draft.register_max <= 0):
        errors["register_max"] = "满量程只用于累计量，且大于 0"
    if draft.max_rate is not None and (draft.kind not in ("counter", "interval") or draft.max_rate <= 0):
        errors["max_rate"] = "最大增速只用于累计量与时段量，且大于 0"
    if draft.min_value is not None and draft.max_value is not None and draft.min_value >= draft.max_value:
        errors["max_value"] = "上限应大于下限"
    return errors


def _times(draft: PointDraft) -> dict[str, str]:
    for name in ("commissioned_at", "decommissioned_at"):
        moment = getattr(draft, name)
        if moment is not None and moment.tzinfo is None:
            return {name: "时间须带时区"}
    begin, end = draft.commissioned_at, draft.decommissioned_at
    if begin is not None and end is not None and end <= begin:
        return {"decommissioned_at": "停用时间应晚于启用时间"}
    return {}


def _binding(key: BindingKey) -> str:
    if not key or key[0] not in BINDINGS:
        return f"接入方式应为 {'、'.join(BINDINGS)} 之一"
    parts = BINDINGS[key[0]]
    if len(key) != len(parts) + 1:
        return f"{key[0]} 的绑定应依次给出：{'、'.join(parts)}"
    for place, value in enumerate(key[1:], start=1):
        if not value.strip() and (key[0], place) not in MAY_BE_EMPTY:
            return f"{parts[place - 1]}不能为空"
    return "绑定过长，应在 255 字以内" if len(binding_text(key) or "") > 255 else ""


def check_enterprise(draft: EnterpriseDraft) -> EnterpriseDraft:
    """The draft with its credit code in canonical form. Raises NotAnEnterprise."""
    errors: dict[str, str] = {}
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,20}", draft.code):
        errors["code"] = "代码为 1—20 位字母、数字、点、横线"
    if not draft.name.strip():
        errors["name"] = "名称必须填写"
    code = ""
    if draft.credit_code.strip():
        try:
            code = credit_code(draft.credit_code)
        except NotACreditCode as wrong:
            errors["credit_code"] = str(wrong)
    if errors:
        raise NotAnEnterprise(errors)
    values = {name: getattr(draft, name) for name in draft.__slots__}
    return EnterpriseDraft(**{**values, "name": draft.name.strip(), "credit_code": code})


def merge(
    base: Mapping[str, Any], pack: Mapping[str, Any], mine: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """Three-way merge of a row: what a pack may change without destroying people's edits.

    Args:
        base: the row as the pack gave it last time ({} when it never did).
        pack: the row as the pack gives it now.
        mine: the row as it stands in the registry.

    Returns:
        Fields to write, and fields that the pack wants otherwise but a person changed: name -> (standing, wanted).
        A field the pack never gave before and that a person filled counts as a person's.
    """
    write: dict[str, Any] = {}
    kept: dict[str, tuple[str, str]] = {}
    for name, wanted in pack.items():
        standing, before = mine[name], base.get(name)
        if _same(standing, wanted):
            continue
        if _same(standing, before):
            write[name] = wanted
        elif not _same(wanted, before):
            kept[name] = (str(standing), str(wanted))
    return write, kept


def _same(one: Any, other: Any) -> bool:
    """Equal, taking a blank text and a missing value for the same."""
    return (one or None) == (other or None)
