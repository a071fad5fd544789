"""Topics of Sparkplug B (section 4): ``spBv1.0/group/TYPE/edge[/device]``."""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACE = "spBv1.0"
NODE_TYPES = frozenset({"NBIRTH", "NDATA", "NDEATH", "NCMD"})
DEVICE_TYPES = frozenset({"DBIRTH", "DDATA", "DDEATH", "DCMD"})


@dataclass(frozen=True, slots=True)
class Topic:
    """``device`` is empty for messages of the edge node itself."""

    group: str
    type: str
    edge: str
    device: str = ""

    def __str__(self) -> str:
        tail = f"/{self.device}" if self.device else ""
        return f"{NAMESPACE}/{self.group}/{self.type}/{self.edge}{tail}"


def parse_topic(text: str) -> Topic | None:
    """None for topics of something else, and for STATE messages of other hosts."""
    parts = text.split("/")
    if parts[0] != NAMESPACE or not all(parts):
        return None
    if len(parts) == 4 and parts[2] in NODE_TYPES:
        return Topic(parts[1], parts[2], parts[3])
    if len(parts) == 5 and parts[2] in DEVICE_TYPES:
        return Topic(parts[1], parts[2], parts[3], parts[4])
    return None
