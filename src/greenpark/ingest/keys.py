"""Binding keys in words and as text."""

from __future__ import annotations

import json

from greenpark.kernel.points import BindingKey

#: What the elements after the first one mean, by gateway.
_PARTS: dict[str, tuple[str, ...]] = {
    "hj212": ("HJ 212 设备 MN {}", "命令 {}", "因子 {}"),
    "mqtt": ("MQTT 主题 {}", "路径 {}"),
    "sparkplug": ("Sparkplug 组 {}", "边缘节点 {}", "设备 {}", "指标 {}"),
    "modbus": ("Modbus {}", "单元 {}", "寄存器 {}"),
    "http": ("编号 {}",),
    "point": ("监测点 {}",),
}


def describe(key: BindingKey) -> str:
    """In Chinese, for people: ``("http", "M-1")`` -> ``编号 M-1``. Empty elements are left out."""
    if not key:
        return "（空）"
    labels = _PARTS.get(key[0])
    if labels is None or len(labels) < len(key) - 1:
        return " / ".join(key)
    return "，".join(label.format(part) for label, part in zip(labels, key[1:], strict=False) if part)


def to_text(key: BindingKey) -> str:
    """JSON list, as stored beside refused items."""
    return json.dumps(list(key), ensure_ascii=False)


def from_text(text: str) -> BindingKey:
    """Inverse of :func:`to_text`; the empty text (a whole frame) gives the empty key."""
    return tuple(str(part) for part in json.loads(text)) if text else ()
