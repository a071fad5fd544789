"""Sparkplug B messages -> deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field

from greenpark.ingest.sink import Delivery, Problem, RefusalCode
from greenpark.kernel.quality import Quality
from greenpark.protocols.sparkplug import Host, Topic, encode
from greenpark.protocols.sparkplug.session import rebirth_payload

#: The ``Quality`` property of a metric (Sparkplug 3.0, section 6.4.8).
QUALITY_CODES: dict[int, int] = {192: 0, 0: int(Quality.DEVICE_FAULT), 500: int(Quality.DEVICE_NO_LINK)}


@dataclass(slots=True)
class SparkplugReader:
    """Keeps the sessions of one broker's edge nodes."""

    host: Host = field(default_factory=Host)
    online: set[tuple[str, str]] = field(default_factory=set)

    @property
    def nodes_online(self) -> int:
        return len(self.online)

    def read(
        self, topic: Topic, payload: bytes, peer: str, received_us: int
    ) -> tuple[Delivery | None, tuple[str, bytes] | None]:
        """The delivery (None when nothing was measured) and a command to publish (topic, payload), if one is due.
        Raises BadPayload."""
        outcome = self.host.feed(topic, payload, received_us // 1_000)
        if topic.type.startswith("N") and outcome.online is not None:
            (self.online.add if outcome.online else self.online.discard)((topic.group, topic.edge))
        command = None
        if outcome.rebirth is not None:
            command = (str(outcome.rebirth), encode(rebirth_payload(received_us // 1_000)))
        if not outcome.observations:
            return None, command
        device = "/".join(part for part in (topic.group, topic.edge, topic.device) if part)
        delivery = Delivery("sparkplug", peer, device, received_us, payload)
        for index, seen in enumerate(outcome.observations):
            delivery.keys.append(("sparkplug", topic.group, topic.edge, seen.device, seen.metric))
            stamp = seen.timestamp_ms
            usable = stamp is not None and stamp < 1 << 52
            delivery.times.append(stamp * 1_000 if stamp is not None and usable else received_us)
            delivery.values.append(seen.value)
            code = seen.quality_code
            delivery.flags.append(0 if code is None else QUALITY_CODES.get(code, int(Quality.DEVICE_OTHER)))
            delivery.units.append(seen.unit)
            if not usable:
                reason = "报文没有时间戳，或时间戳无法识别。请在边缘节点上启用时间戳"
                delivery.problems[index] = Problem(RefusalCode.BAD_TIME, str(seen.value), reason)
        return delivery, command
