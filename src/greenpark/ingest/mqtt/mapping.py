"""How the JSON of one family of topics becomes observations. A mapping is data: an operator writes it, no code.

Shapes that devices send, and the rule for each::

    12.5                                              Rule("plant/+/power")
    {"ts": 1763800000000, "p": 12.5, "q": 3.1}        Rule("plant/+", time="ts", values=("p", "q"))
    {"ts": "…", "values": {"p": 12.5, "q": 3.1}}      Rule("plant/+", time="ts", values=("values.*",))
    [{"tag": "P1", "v": 12.5, "t": "…"}, …]           Rule("plant/+", name="tag", values=("v",), time="t")
    {"data": [{"id": "P1", "val": 1, "good": true}]}  Rule("plant/+", items="data", name="id", values=("val",),
                                                            quality="good", quality_map={"true": 0, "false": 8})

The binding key is ``("mqtt", topic, path)``: path is the text at ``name``, or else the value's own path; the empty path
when the payload is a bare number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import orjson

from greenpark.ingest.paths import ABSENT, find, parse
from greenpark.ingest.sink import Delivery, Problem, RefusalCode
from greenpark.ingest.times import BadTime, parse_time
from greenpark.kernel.periods import PARK_ZONE
from greenpark.kernel.quality import FROM_HJ212_FLAG, Quality

#: Words for quality that are understood without a ``quality_map``: HJ 212 letters, OPC codes, plain words.
USUAL_QUALITY: dict[str, int] = {
    **{letter: int(mask) for letter, mask in FROM_HJ212_FLAG.items()},
    "192": 0,
    "good": 0,
    "true": 0,
    "0": 0,
    "bad": int(Quality.DEVICE_FAULT),
    "false": int(Quality.DEVICE_FAULT),
    "stale": int(Quality.DEVICE_NO_LINK),
    "uncertain": int(Quality.DEVICE_OTHER),
}
_MAX_ITEMS = 50_000


class BadMessage(ValueError):
    """Nothing can be read out of the payload: ``code`` for counting, the text for people."""

    def __init__(self, code: str, reason: str, likely_cause: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.likely_cause = likely_cause


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a mapping; the first rule whose ``topic`` filter matches is used."""

    topic: str
    """MQTT filter with ``+`` and ``#``."""
    items: str = ""
    """Path of the list of items; empty: the payload itself, or each element when it is a list."""
    values: tuple[str, ...] = ("",)
    """Paths of values inside an item; ``…*`` takes every number of the object at that place."""
    name: str = ""
    """Path of the item's name, which then stands in the binding key."""
    time: str = ""
    """Path of the time inside the item, else inside the whole payload; empty: the time of receipt."""
    time_pattern: str = ""
    zone: tzinfo = PARK_ZONE
    """Of times without one."""
    quality: str = ""
    quality_map: Mapping[str, int] = field(default_factory=dict)
    unit: str = ""

    def __post_init__(self) -> None:
        """Misspelt paths are found when the configuration is read. Raises BadPath."""
        for path in (
            self.items,
            self.name,
            self.time,
            self.quality,
            self.unit,
            *(v.removesuffix("*") for v in self.values),
        ):
            parse(path.removesuffix("."))


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT topic filter covers a topic (MQTT 5, section 4.7)."""
    wanted, parts = pattern.split("/"), topic.split("/")
    if parts[0].startswith("$") and wanted[0] in ("+", "#"):
        return False
    for i, part in enumerate(wanted):
        if part == "#":
            return True
        if i >= len(parts) or part not in ("+", parts[i]):
            return False
    return len(wanted) == len(parts)


def read(rule: Rule, topic: str, payload: bytes, *, peer: str, device: str, received_us: int) -> Delivery:
    """One message -> delivery. Items that cannot be read are in ``problems``. Raises BadMessage."""
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadMessage(
            "bad_json", f"报文不是 JSON：{error}", "设备发送的是二进制或其他编码，或主题配置有误"
        ) from error
    delivery = Delivery("mqtt", peer, device, received_us, payload)
    items = _items(rule, content)
    if len(items) > _MAX_ITEMS:
        raise BadMessage("too_many_items", f"报文含 {len(items)} 项，超过上限 {_MAX_ITEMS} 项。请分批发送")
    for item in items:
        _read_item(rule, topic, item, content, delivery)
    if not delivery.keys:
        wanted = "、".join(v or "（数值）" for v in rule.values)
        raise BadMessage("no_values", f"报文中没有找到 {wanted}", "映射中的路径与设备的格式不一致")
    return delivery


def _items(rule: Rule, content: Any) -> Sequence[Any]:
    found = find(content, parse(rule.items)) if rule.items else content
    if found is ABSENT:
        raise BadMessage("no_items", f"报文中没有 {rule.items}", "映射中的路径与设备的格式不一致")
    return found if isinstance(found, list) else [found]


def _read_item(rule: Rule, topic: str, item: Any, whole: Any, delivery: Delivery) -> None:
    time_us, bad_time = _time(rule, item, whole, delivery.received_us)
    flag = _flag(rule, item, whole)
    unit = _text_at(rule.unit, item, whole) if rule.unit else None
    name = _text_at(rule.name, item, whole) if rule.name else None
    for path, value in _values(rule, item):
        index = len(delivery.keys)
        delivery.keys.append(("mqtt", topic, name if name is not None else path))
        delivery.times.append(time_us)
        number = _number(value)
        delivery.values.append(math.nan if number is None else number)
        delivery.flags.append(flag)
        delivery.units.append(unit)
        if number is None:
            reason = f"数值 {_short(value)} 不是数字。请检查映射的路径或设备"
            delivery.problems[index] = Problem(RefusalCode.BAD_VALUE, _short(value), reason)
        elif bad_time:
            delivery.problems[index] = Problem(RefusalCode.BAD_TIME, str(number), bad_time)


def _values(rule: Rule, item: Any) -> Iterator[tuple[str, Any]]:
    for wanted in rule.values:
        if not wanted.endswith("*"):
            value = find(item, parse(wanted))
            if value is not ABSENT and value is not None:
                yield wanted, value
            continue
        base = wanted[:-1].removesuffix(".")
        members = find(item, parse(base))
        if isinstance(members, dict):
            for member, value in members.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield f"{base}.{member}" if base else member, value


def _time(rule: Rule, item: Any, whole: Any, received_us: int) -> tuple[int, str]:
    if not rule.time:
        return received_us, ""
    value = _at(rule.time, item, whole)
    if value is ABSENT or value is None:
        return received_us, f"报文中没有时间 {rule.time}。请让设备带上时间，或更正映射"
    try:
        return parse_time(value, rule.zone, rule.time_pattern), ""
    except BadTime as error:
        return received_us, str(error)


def _flag(rule: Rule, item: Any, whole: Any) -> int:
    if not rule.quality:
        return 0
    value = _at(rule.quality, item, whole)
    if value is ABSENT or value is None:
        return 0
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    for table in (rule.quality_map, USUAL_QUALITY):
        for spelling in (text, text.lower(), text.upper()):
            if spelling in table:
                return int(table[spelling])
    return int(Quality.DEVICE_OTHER)


def _at(path: str, item: Any, whole: Any) -> Any:
    value = find(item, parse(path))
    return find(whole, parse(path)) if value is ABSENT else value


def _text_at(path: str, item: Any, whole: Any) -> str | None:
    value = _at(path, item, whole)
    return None if value is ABSENT or value is None else str(value)


def _number(value: Any) -> float | None:
    """JSON numbers, switches, and numbers that a device wrote as text."""
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.strip())
        except ValueError:
            return None
    return None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
