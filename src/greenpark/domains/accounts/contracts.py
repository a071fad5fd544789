"""Who acts, and what they may see. Plain values that may cross every border."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DataScope:
    """The organisations whose data a person may see. ``everything`` is for the city's coordinators and auditors."""

    everything: bool = False
    organisations: frozenset[int] = frozenset()

    def allows(self, organisation_id: int) -> bool:
        return self.everything or organisation_id in self.organisations


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, an API token or a job that does something; goes into the audit trail.

    ``permissions`` are names such as ``carbon.close``; services check them with :meth:`may`.
    """

    id: int
    name: str
    organisation_id: int | None
    permissions: frozenset[str] = frozenset()
    scope: DataScope = field(default_factory=DataScope)
    kind: str = "person"
    """person, token or system"""

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class NotAllowed(Exception):
    """The actor lacks the permission or the data scope. Screens answer 404 for scope and 403 for permission."""


#: The product itself, for scheduled work.
SYSTEM = Actor(id=0, name="系统", organisation_id=None, scope=DataScope(everything=True), kind="system")


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of the left menu; shown to actors that hold ``permission``."""

    group: str
    """Heading in Chinese, such as 能碳环监测."""
    title: str
    url_name: str
    """Such as ``carbon:ledger``; must reverse without arguments."""
    icon: str
    """Name of a symbol in the icon sprite (Tabler outline icons)."""
    permission: str
    order: int = 100
