"""Sign-in, system pages, audit."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from greenpark.domains.accounts.contracts import Actor, DataScope
from greenpark.domains.accounts.services import people
from greenpark.domains.accounts.testing import make_person
from tests.access.framework import Row, all_permissions


def prepare(world: SimpleNamespace) -> None:
    """Another person of A, and a token of A."""
    world.colleague = make_person("colleague", organisation_id=world.org_a)
    now = datetime.now(UTC)
    maker = Actor(
        world.colleague.pk,
        "colleague",
        world.org_a,
        all_permissions(),
        DataScope(organisations=frozenset({world.org_a})),
    )
    made = people.create_token(
        name="t",
        organisation_id=world.org_a,
        permissions=["registry.view"],
        expires_at=now.replace(year=now.year + 1, day=min(now.day, 28)),
        by=maker,
        at=now,
    )
    world.token_id = made.id


def _colleague(world: SimpleNamespace) -> dict[str, int]:
    return {"person_id": world.colleague.pk}


ROWS = [
    Row("accounts:sign-in", None),
    Row("accounts:demo-sign-in", None, method="post", data=lambda w: {"role": "auditor"}, ok=(404,)),
    Row("accounts:sign-out", None, method="post"),
    Row("accounts:password", ""),
    Row("accounts:people", "accounts.view"),
    Row("accounts:person-new", "accounts.administer"),
    Row("accounts:person", "accounts.view", args=_colleague, scoped=True),
    Row(
        "accounts:person-password",
        "accounts.administer",
        args=_colleague,
        scoped=True,
        method="post",
        data=lambda w: {"password": "Brand-new-2026"},
    ),
    Row(
        "accounts:person-roles",
        "accounts.authorise",
        args=_colleague,
        scoped=True,
        method="post",
        data=lambda w: {"role": "auditor"},
    ),
    Row(
        "accounts:person-role-revoke",
        "accounts.authorise",
        args=_colleague,
        scoped=True,
        method="post",
        data=lambda w: {"role": "auditor"},
    ),
    Row("accounts:roles", "accounts.view"),
    Row("accounts:organisations", "accounts.view"),
    Row("accounts:organisation-new", "accounts.administer"),
    Row(
        "accounts:organisation",
        "accounts.administer",
        args=lambda w: {"organisation_id": w.org_a},
        scoped=True,
    ),
    Row("accounts:tokens", "accounts.token"),
    Row("accounts:token-new", "accounts.token"),
    Row(
        "accounts:token-revoke",
        "accounts.token",
        args=lambda w: {"token_id": w.token_id},
        scoped=True,
        method="post",
    ),
    Row("accounts:audit", "accounts.audit"),
    Row("accounts:audit-export", "accounts.export", method="post"),
    Row("accounts:audit-verify", "accounts.audit", method="post"),
    Row("GET /accounts/me", ""),
    Row("GET /accounts/audit", "accounts.audit"),
    Row("GET /accounts/audit/verify", "accounts.audit"),
]
