"""The host's side of a Sparkplug session: births, aliases, sequence numbers, deaths, rebirth requests.

An alias means something only after the BIRTH that declared it. When a sequence number is missing, the lost message may
have been a new BIRTH, so aliases are not trusted again before one is seen: a wrong name would book a value on the wrong
meter. Metrics that carry their name are taken all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from greenpark.protocols.sparkplug.payload import DataType, Metric, Payload, Value, decode
from greenpark.protocols.sparkplug.topic import Topic

#: Not measurements: the session's own counters and the node's switches.
_CONTROL = ("bdSeq", "Node Control/", "Node Info/", "Device Control/")
REBIRTH = "Node Control/Rebirth"


@dataclass(frozen=True, slots=True)
class Observation:
    """One numeric metric. ``timestamp_ms`` is None when neither metric nor payload carries a time."""

    device: str
    metric: str
    timestamp_ms: int | None
    value: float
    quality_code: int | None = None
    """The ``Quality`` property: 192 good, 0 bad, 500 stale."""
    unit: str | None = None
    is_historical: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one message brought."""

    observations: tuple[Observation, ...] = ()
    nameless: int = 0
    """Metrics whose alias could not be trusted, left out until the node's next BIRTH."""
    skipped: int = 0
    """Texts, null values and control metrics; not measurements."""
    rebirth: Topic | None = None
    """Publish a rebirth command to this topic."""
    gap: bool = False
    online: bool | None = None
    """True after a BIRTH, False after a DEATH, None when unchanged."""


@dataclass(slots=True)
class _Node:
    births: int = 0
    trusted: bool = False
    last_seq: int = -1
    bd_seq: int | None = None
    asked_ms: int | None = None
    names: dict[str, dict[int, tuple[str, int]]] = field(default_factory=dict)
    """Device -> alias -> (metric name, datatype). The node itself is the empty device."""


@dataclass(slots=True)
class Host:
    """Follows any number of edge nodes; keep one per broker connection. Not thread-safe."""

    ask_again_ms: int = 10_000
    """A node that ignores rebirth requests is asked at most this often."""
    max_nodes: int = 10_000
    nodes: dict[tuple[str, str], _Node] = field(default_factory=dict)

    def feed(self, topic: Topic, data: bytes, now_ms: int) -> Outcome:
        """Take one message. ``now_ms`` only limits rebirth requests. Raises BadPayload."""
        payload = decode(data)
        key = (topic.group, topic.edge)
        node = self.nodes.get(key)
        if node is None:
            while len(self.nodes) >= self.max_nodes:
                del self.nodes[next(iter(self.nodes))]
            node = self.nodes[key] = _Node()
        if topic.type in ("NBIRTH", "DBIRTH"):
            return self._birth(node, topic, payload, now_ms)
        if topic.type in ("NDATA", "DDATA"):
            return self._data(node, topic, payload, now_ms)
        if topic.type == "NDEATH":
            return self._node_death(node, payload)
        if topic.type == "DDEATH":
            gap = self._sequence(node, payload)
            node.names.pop(topic.device, None)
            return Outcome(rebirth=self._ask(node, topic, now_ms) if gap else None, gap=gap, online=False)
        return Outcome()  # commands of other hosts

    def _birth(self, node: _Node, topic: Topic, payload: Payload, now_ms: int) -> Outcome:
        gap = False
        if topic.type == "NBIRTH":
            node.names.clear()
            node.births += 1
            node.trusted = True
            node.asked_ms = None
            node.last_seq = payload.seq or 0
            bd = next((m.value for m in payload.metrics if m.name == "bdSeq"), None)
            node.bd_seq = int(bd) if isinstance(bd, int) else None
        else:
            gap = self._sequence(node, payload)
        node.names[topic.device] = {
            m.alias: (m.name, m.datatype) for m in payload.metrics if m.alias is not None and m.name
        }
        observations, _, skipped = self._observe(node, topic, payload)
        rebirth = self._ask(node, topic, now_ms) if not node.trusted else None
        return Outcome(observations, 0, skipped, rebirth, gap, online=True)

    def _data(self, node: _Node, topic: Topic, payload: Payload, now_ms: int) -> Outcome:
        gap = self._sequence(node, payload)
        observations, nameless, skipped = self._observe(node, topic, payload)
        rebirth = self._ask(node, topic, now_ms) if nameless or not node.trusted else None
        return Outcome(observations, nameless, skipped, rebirth, gap)

    @staticmethod
    def _node_death(node: _Node, payload: Payload) -> Outcome:
        bd = next((m.value for m in payload.metrics if m.name == "bdSeq"), None)
        if node.bd_seq is not None and isinstance(bd, int) and bd != node.bd_seq:
            return Outcome()  # the will of an earlier connection, delivered late
        node.trusted = False
        node.names.clear()
        return Outcome(online=False)

    @staticmethod
    def _sequence(node: _Node, payload: Payload) -> bool:
        """Whether a message is missing before this one."""
        if payload.seq is None:
            return False
        gap = node.trusted and payload.seq != (node.last_seq + 1) % 256
        node.last_seq = payload.seq
        if gap:
            node.trusted = False
        return gap

    def _ask(self, node: _Node, topic: Topic, now_ms: int) -> Topic | None:
        if node.asked_ms is not None and now_ms - node.asked_ms < self.ask_again_ms:
            return None
        node.asked_ms = now_ms
        return Topic(topic.group, "NCMD", topic.edge)

    @staticmethod
    def _observe(node: _Node, topic: Topic, payload: Payload) -> tuple[tuple[Observation, ...], int, int]:
        names = node.names.get(topic.device, {}) if node.trusted or topic.type.endswith("BIRTH") else {}
        found: list[Observation] = []
        nameless = skipped = 0
        for metric in payload.metrics:
            name = metric.name
            if not name:
                if metric.alias is None or metric.alias not in names:
                    nameless += 1
                    continue
                name = names[metric.alias][0]
            value = None if name.startswith(_CONTROL) else numeric(metric)
            if value is None:
                skipped += 1
                continue
            time_ms = metric.timestamp if metric.timestamp is not None else payload.timestamp
            found.append(
                Observation(
                    topic.device, name, time_ms, value, _code(metric), _unit(metric), metric.is_historical
                )
            )  # fmt: skip
        return tuple(found), nameless, skipped


def numeric(metric: Metric) -> float | None:
    """The metric as a number; None for texts, dates and null values."""
    value: Value = metric.value
    if metric.is_null or metric.datatype == DataType.DATE_TIME or not isinstance(value, int | float):
        return None
    return float(value)


def _code(metric: Metric) -> int | None:
    code = metric.properties.get("Quality")
    return code if isinstance(code, int) else None


def _unit(metric: Metric) -> str | None:
    """``engUnit`` is what Ignition and most gateways write; the standard reserves no name."""
    for name in ("engUnit", "Engineering Units", "unit"):
        unit = metric.properties.get(name)
        if isinstance(unit, str) and unit:
            return unit
    return None


def rebirth_payload(now_ms: int) -> Payload:
    """What the host publishes to ask an edge node for all its BIRTH messages (section 6.4.19)."""
    return Payload(now_ms, (Metric(REBIRTH, datatype=DataType.BOOLEAN, value=True),))
