"""Who acts, and what they may see. Plain values that may cross every border."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

#: What a person can be allowed to do here; name -> description for the page of roles.
PERMISSIONS: dict[str, str] = {
    "accounts.view": "查看组织、用户与角色",
    "accounts.administer": "管理用户与组织",
    "accounts.token": "签发与作废 API 令牌",
    "accounts.authorise": "授予角色与数据范围",
    "accounts.audit": "查看审计日志",
    "accounts.export": "导出审计日志",
}


#: Words for the actions that this domain records; other domains list theirs under the same name.
ACTIONS: dict[str, str] = {
    "accounts.person.created": "开通账号",
    "accounts.person.changed": "修改用户资料",
    "accounts.person.signed-in": "登录",
    "accounts.person.password-changed": "修改密码",
    "accounts.person.password-reset": "重置密码",
    "accounts.person.role-assigned": "授予角色",
    "accounts.person.role-revoked": "收回角色",
    "accounts.organisation.created": "新增组织",
    "accounts.organisation.changed": "修改组织",
    "accounts.token.created": "签发令牌",
    "accounts.token.revoked": "作废令牌",
    "accounts.audit.exported": "导出审计日志",
}


class OrganisationKind(StrEnum):
    """What an organisation is in the government's and the park's life."""

    CITY = "city"
    DISTRICT = "district"
    PARK_COMMITTEE = "park_committee"
    BUREAU = "bureau"
    ENTERPRISE = "enterprise"
    OTHER = "other"


#: Words for screens.
ORGANISATION_KINDS: dict[str, str] = {
    "city": "市",
    "district": "区",
    "park_committee": "园区管委会",
    "bureau": "委办局",
    "enterprise": "企业",
    "other": "其他单位",
}


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

    ``permissions`` are names such as ``carbon.close``; services check them with :meth:`may`, :meth:`need` and
    :meth:`need_organisation`.
    """

    id: int
    name: str
    organisation_id: int | None
    permissions: frozenset[str] = frozenset()
    scope: DataScope = field(default_factory=DataScope)
    kind: str = "person"
    """person, token or system"""

    def may(self, permission: str) -> bool:
        return self.kind == "system" or permission in self.permissions

    def need(self, permission: str) -> None:
        """Raise NotAllowed without ``permission``."""
        if not self.may(permission):
            raise NotAllowed(f"{self.name} 没有「{permission}」权限，请联系安全管理员授权")

    def need_organisation(self, organisation_id: int | None) -> None:
        """Raise OutOfScope unless the organisation's data may be seen. None (not owned) needs ``everything``."""
        if self.scope.everything or (organisation_id is not None and self.scope.allows(organisation_id)):
            return
        raise OutOfScope(f"{self.name} 的数据范围不含组织 {organisation_id}")


class NotAllowed(Exception):
    """The actor lacks the permission. Screens and the API answer 403."""


class OutOfScope(NotAllowed):
    """The data belongs to an organisation outside the actor's data scope. Answered 404, so nothing is confirmed."""


class NotSignedIn(Exception):
    """Nobody is signed in. Screens lead to the sign-in page, the API answers 401."""


class MustChangePassword(Exception):
    """Signed in with a password that was set by somebody else; nothing works before it is changed."""


#: The product itself, for scheduled work.
SYSTEM = Actor(id=0, name="系统", organisation_id=None, scope=DataScope(everything=True), kind="system")


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation as others see it."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    depth: int
    active: bool
    people: int = 0

    @property
    def indent(self) -> str:
        """Ideographic spaces that show the depth in a list."""
        return "　" * max(self.depth, 0)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event of the audit trail with its place in the hash chain."""

    seq: int
    at: datetime
    actor_kind: str
    actor_id: int
    actor_name: str
    organisation_id: int | None
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str
    previous: str
    title: str = ""
    """The action in words; the action itself when no domain names it."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Result of checking the audit chain."""

    events: int
    intact: bool
    head: str
    """SM3 of the last event, hex; note it elsewhere to notice a shortened trail."""
    first_fault: int | None = None
    """Sequence number of the first event that does not fit."""
    reason: str = ""


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
