"""Compare a closed month with its recomputation, and say what differs first and why.

Figures are compared upstream first (readings, amounts, factors, method, then energy and emissions), so that the first
difference is a cause and not one of its consequences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from greenpark.domains.carbon.contracts import Difference
from greenpark.kernel.quality import Quality

#: Figure of an entry -> its name for people, upstream first.
FIGURES: dict[str, str] = {
    "config": "核算源配置",
    "inputs": "输入量",
    "activity": "活动数据",
    "factors": "排放因子",
    "method": "核算方法",
    "method_edition": "方法版本",
    "tce_calorific": "能耗（当量）",
    "tce_equal": "能耗（等价）",
    "gas_t": "排放量",
    "tco2e": "排放量（基于位置）",
    "tco2e_market": "排放量（基于市场）",
    "tier": "数据等级",
    "unconfirmed": "未确认标记",
    "problem": "未能核算的原因",
}


def differences(
    expected: Mapping[str, Any], actual: Mapping[str, Any], *, enterprise_id: int, enterprise: str
) -> Iterator[Difference]:
    """Differences of two canonical months of one enterprise, by source, upstream first; nothing when equal.

    ``expected`` is what was closed, ``actual`` the recomputation; both in the shape that the canonical bytes encode.
    """
    before = {(e["source"], e["gas"]): e for e in expected["entries"]}
    after = {(e["source"], e["gas"]): e for e in actual["entries"]}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        name = (old or new or {}).get("source_name", "")

        def found(
            figure: str, label: str, was: Any, now: Any, cause: str, key: Any = key, name: str = name
        ) -> Difference:
            return Difference(enterprise_id, enterprise, key[0], name, figure, label, _show(was), _show(now), cause)

        if old is None or new is None:
            cause = "结账后新增了核算源或气体" if old is None else "核算源已停用、不在有效期，或不再产生该气体"
            yield found("entry", f"分录 {key[1]}", "有" if old else "无", "有" if new else "无", cause)
            continue
        for figure, label in FIGURES.items():
            was, now = old.get(figure), new.get(figure)
            if was == now:
                continue
            if figure in ("inputs", "factors"):
                yield from (found(figure, *rest) for rest in _nested(figure, label, was or [], now or []))
            else:
                yield found(figure, label, was, now, _CAUSES.get(figure, "由上游的差异引起"))


_CAUSES: dict[str, str] = {
    "config": "核算源的配置与结账时不同（应另立新版本，不应改动旧版本）",
    "activity": "输入量或其换算改变",
    "method": "核算方法改变",
    "method_edition": "方法的版本改变（软件升级后应以更正分录处理）",
    "tce_calorific": "折标系数或方法的计算改变",
    "tce_equal": "等价折标系数或方法的计算改变",
    "gas_t": "方法的计算改变",
    "tco2e": "方法的计算改变",
    "tco2e_market": "绿电数据或方法的计算改变",
    "tier": "数据质量改变",
    "unconfirmed": "因子的确认状态改变",
    "problem": "数据或因子的可用情况改变",
}


def _nested(
    figure: str, label: str, was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Any, Any, str]]:
    """Element by element: (label, expected, actual, cause)."""
    old = {item["name"]: item for item in was}
    new = {item["name"]: item for item in now}
    for name in sorted(old.keys() | new.keys()):
        a, b = old.get(name), new.get(name)
        if a == b:
            continue
        cause = _input_cause(a, b) if figure == "inputs" else _factor_cause(a, b)
        yield f"{label} {name}", (a or {}).get("value"), (b or {}).get("value"), cause


def _factor_cause(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None or new is None:
        return "使用的因子不同"
    if old.get("value") != new.get("value") and old.get("version") == new.get("version"):
        return f"因子 {old.get('code')} 第 {old.get('version')} 版的值被直接改动（应另立新版本）"
    return f"因子 {old.get('code')} 由第 {old.get('version')} 版变为第 {new.get('version')} 版"


def _input_cause(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None or new is None:
        return "核算源的输入绑定改变"
    if old.get("origin") == "report":
        return "月报数值在结账后改变（应以更正分录处理）"
    if old.get("origin") == "constant":
        return "核算源的常数改变"
    changed = _changed_points(old.get("points", []), new.get("points", []))
    if not changed:
        return "测点的倍率或换算改变"
    point, a, b = changed[0]
    where = f"测点 {point}"
    if a is None or b is None:
        return f"{where}：{'结账后才有数据' if a is None else '数据已不可读'}"
    more = int(b["count"]) - int(a["count"])
    if more > 0:
        return f"{where}：结账后有 {more} 条迟到数据"
    if more < 0:
        return f"{where}：少了 {-more} 条读数，请检查历史数据是否完整"
    if int(b["quality"]) & ~int(a["quality"]) & Quality.LATE:
        return f"{where}：结账后有迟到数据改写了读数"
    return f"{where}：读数或其质量标记在结账后被改动"


def _changed_points(
    was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[tuple[int, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    old = {p["point"]: p for p in was}
    new = {p["point"]: p for p in now}
    return [(p, old.get(p), new.get(p)) for p in sorted(old.keys() | new.keys()) if old.get(p) != new.get(p)]


def _show(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
