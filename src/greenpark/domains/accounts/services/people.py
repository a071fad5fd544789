"""People, their passwords, roles and tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from pypinyin import Style, lazy_pinyin

from greenpark.domains.accounts import models, rules
from greenpark.domains.accounts.contracts import SYSTEM, Actor, NotAllowed, OutOfScope
from greenpark.domains.accounts.selectors import actors
from greenpark.domains.accounts.services.audit import record


class AccountTaken(ValueError):
    """The account name is in use."""


class WrongPassword(ValueError):
    """The present password does not match."""


class NotATokenRequest(ValueError):
    """The token cannot be made as asked; the message says why."""


def pinyin(name: str) -> str:
    """Full pinyin and initials, for search and sorting: ``limin lm``."""
    full = "".join(lazy_pinyin(name)).lower()
    return f"{full} {''.join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()}"[:160]


@transaction.atomic
def create_person(
    *,
    username: str,
    name: str,
    organisation_id: int,
    password: str,
    by: Actor,
    at: datetime,
    phone: str = "",
    must_change_password: bool = True,
) -> int:
    """Open an account. Raises AccountTaken and rules.WeakPassword. The first sign-in asks for a new password."""
    username = username.strip()
    if not username or not name.strip():
        raise ValueError("账号与姓名都必须填写")
    if models.Person.objects.filter(username=username).exists():
        raise AccountTaken(f"账号「{username}」已被使用，请换一个")
    rules.check_password(password, username=username)
    person = models.Person(
        username=username,
        name=name.strip(),
        name_py=pinyin(name.strip()),
        phone=phone,
        organisation_id=organisation_id,
        must_change_password=must_change_password,
        password_changed_at=at,
    )
    person.set_password(password)
    person.save()
    _record("created", person, by, at, {"username": username, "organisation": organisation_id})
    return int(person.pk)


@transaction.atomic
def change_own_password(person_id: int, *, old: str, new: str, by: Actor, at: datetime) -> None:
    """Raises WrongPassword, rules.WeakPassword, and WeakPassword when the new one is the old one."""
    person = models.Person.objects.select_for_update().get(pk=person_id)
    if not person.check_password(old):
        raise WrongPassword("现用密码不正确")
    rules.check_password(new, username=person.username)
    if new == old:
        raise rules.WeakPassword("新密码不能与现用密码相同")
    _set_password(person, new, must_change=False, at=at)
    _record("password-changed", person, by, at, {})


@transaction.atomic
def reset_password(person_id: int, *, password: str, by: Actor, at: datetime) -> None:
    """An administrator sets a password; the person must change it at the next sign-in."""
    person = models.Person.objects.select_for_update().get(pk=person_id)
    rules.check_password(password, username=person.username)
    _set_password(person, password, must_change=True, at=at)
    _record("password-reset", person, by, at, {})


def _set_password(person: models.Person, password: str, *, must_change: bool, at: datetime) -> None:
    person.set_password(password)
    person.must_change_password, person.password_changed_at = must_change, at
    person.save(update_fields=["password", "must_change_password", "password_changed_at"])


@transaction.atomic
def change_person(
    person_id: int, *, name: str, organisation_id: int, phone: str, is_active: bool, by: Actor, at: datetime
) -> None:
    """Change what is known of a person; a deactivated one cannot sign in, and their tokens stop working."""
    person = models.Person.objects.select_for_update().get(pk=person_id)
    if not name.strip():
        raise ValueError("姓名必须填写")
    before = {"name": person.name, "organisation": person.organisation_id, "active": person.is_active}
    if person.name != name.strip():
        person.name, person.name_py = name.strip(), pinyin(name.strip())
    person.organisation_id, person.phone, person.is_active = organisation_id, phone, is_active
    person.save(update_fields=["name", "name_py", "organisation", "phone", "is_active"])
    after = {"name": person.name, "organisation": organisation_id, "active": is_active}
    _record("changed", person, by, at, {"before": before, "after": after})


@transaction.atomic
def assign_role(
    person_id: int,
    role: str,
    *,
    by: Actor,
    at: datetime,
    scope: str | None = None,
    organisations: Iterable[int] = (),
) -> None:
    """Give a role, or change its scope. Raises rules.UnknownRole, rules.RolesExclude, NotAllowed for oneself."""
    if by.kind == "person" and by.id == person_id:
        raise NotAllowed("不能给自己授予角色，请由另一位安全管理员办理")
    row = rules.role(role)
    person = models.Person.objects.select_for_update().get(pk=person_id)
    rules.check_roles([role, *person.roles.values_list("role", flat=True)])
    chosen = rules.ScopeKind(scope or row.scope)
    ids = sorted(set(organisations))
    if (chosen == rules.ScopeKind.CUSTOM) != bool(ids):
        raise ValueError("数据范围「自定」须至少选一个组织，其他范围不选组织")
    assignment, _ = models.RoleAssignment.objects.update_or_create(
        person=person, role=role, defaults={"scope": chosen.value}
    )
    assignment.organisations.set(ids)
    _record("role-assigned", person, by, at, {"role": role, "scope": chosen.value, "organisations": ids})


@transaction.atomic
def revoke_role(person_id: int, role: str, *, by: Actor, at: datetime) -> None:
    """Take a role back; nothing happens when the person does not hold it."""
    if by.kind == "person" and by.id == person_id:
        raise NotAllowed("不能收回自己的角色，请由另一位安全管理员办理")
    person = models.Person.objects.select_for_update().get(pk=person_id)
    if person.roles.filter(role=role).delete()[0]:
        _record("role-revoked", person, by, at, {"role": role})


def _record(what: str, person: models.Person, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    record(
        action=f"accounts.person.{what}",
        subject=f"person:{person.pk}",
        by=by,
        at=at,
        detail=detail,
        organisation_id=person.organisation_id,
    )


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. ``secret`` exists nowhere else and is shown once."""

    id: int
    secret: str


LONGEST_TOKEN = timedelta(days=366)


@transaction.atomic
def create_token(
    *, name: str, organisation_id: int, permissions: Iterable[str], expires_at: datetime, by: Actor, at: datetime
) -> NewToken:
    """A key for machines. Raises NotATokenRequest, NotAllowed (permission not one's own), OutOfScope."""
    wanted = sorted(set(permissions))
    maker = models.Person.objects.filter(pk=by.id).first() if by.kind == "person" else None
    if maker is None:
        raise NotATokenRequest("只有人员账户可以签发令牌")
    if not name.strip() or not wanted:
        raise NotATokenRequest("令牌须有名称，并至少含一项权限")
    if not at < expires_at <= at + LONGEST_TOKEN:
        raise NotATokenRequest("令牌有效期须在今天之后、一年之内")
    by.need_organisation(organisation_id)
    for permission in wanted:
        if permission not in actors.known_permissions():
            raise NotATokenRequest(f"没有权限「{permission}」")
        by.need(permission)
    secret = "gp_" + secrets.token_urlsafe(32)
    token = models.ApiToken.objects.create(
        name=name.strip(),
        organisation_id=organisation_id,
        digest=rules.token_digest(secret),
        hint=secret[:7] + "…" + secret[-4:],
        permissions=wanted,
        created_by=maker,
        created_at=at,
        expires_at=expires_at,
    )
    record(
        action="accounts.token.created",
        subject=f"token:{token.pk}",
        by=by,
        at=at,
        detail={"name": token.name, "permissions": wanted, "expires": expires_at.isoformat()},
        organisation_id=organisation_id,
    )
    return NewToken(int(token.pk), secret)


@transaction.atomic
def revoke_token(token_id: int, *, by: Actor, at: datetime) -> None:
    """Stop a token for ever. Raises OutOfScope, also when there is no such token."""
    token = models.ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise OutOfScope(f"token {token_id}")
    by.need_organisation(token.organisation_id)
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        record(
            action="accounts.token.revoked",
            subject=f"token:{token.pk}",
            by=by,
            at=at,
            detail={"name": token.name},
            organisation_id=token.organisation_id,
        )


@transaction.atomic
def ensure_demo_people(*, at: datetime, organisations: dict[str, int]) -> dict[str, int]:
    """One person per role for a demonstration, without usable passwords. ``organisations``: role code -> where they
    work; "" is the default. Returns role code -> person id. Idempotent; moves people when the places changed."""
    people: dict[str, int] = {}
    for row in rules.ROLES:
        place = organisations.get(row.code, organisations[""])
        person, new = models.Person.objects.get_or_create(
            username=f"demo-{row.code}",
            defaults={
                "name": f"演示 {row.name}",
                "name_py": pinyin(row.name),
                "organisation_id": place,
                "must_change_password": False,
                "demo_role": row.code,
            },
        )
        if new:
            person.set_unusable_password()
        person.organisation_id = place
        person.save(update_fields=["password", "organisation"])
        if not person.roles.filter(role=row.code).exists():
            assign_role(person.pk, row.code, by=SYSTEM, at=at)
        people[row.code] = int(person.pk)
    return people


@transaction.atomic
def signed_in(person_id: int, *, at: datetime, oldest_password: datetime | None) -> None:
    """Note a sign-in in the trail, and ask for a new password when the present one is older than allowed."""
    person = models.Person.objects.get(pk=person_id)
    if oldest_password and (person.password_changed_at is None or person.password_changed_at < oldest_password):
        person.must_change_password = True
        person.save(update_fields=["must_change_password"])
    _record("signed-in", person, Actor(person.pk, person.name, person.organisation_id), at, {})


def token_used(token_id: int, *, at: datetime) -> None:
    """Remember the last use, at most once a minute so that reading does not become writing."""
    models.ApiToken.objects.filter(pk=token_id).exclude(last_used_at__gt=at - timedelta(minutes=1)).update(
        last_used_at=at
    )
