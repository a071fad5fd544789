"""Every address and every operation: nobody, wrong permission, wrong data scope, right."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from tests.access.framework import Row, actor, all_permissions, operations, rows, screens

ROWS = rows()
#: Names are unique per row in reports, also when an address has several.
IDS = [f"{i}-{row.verb()}-{row.name.replace(' ', '')}" for i, row in enumerate(ROWS)]


def send(row: Row, world: SimpleNamespace, who: Actor | None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The answer to the row's request by ``who``; a server error is raised, not turned into a page."""
    client = Client()
    if who is not None:
        client.force_login(world.person, backend="django.contrib.auth.backends.ModelBackend")
        monkeypatch.setattr("greenpark.domains.accounts.facade.guard.actor_of", lambda person: who)
    data = row.data(world)
    more = {"content_type": "application/json"} if row.is_api and row.verb() != "get" else {}
    return getattr(client, row.verb())(row.url(world), data, **more)


def test_every_address_has_a_row() -> None:
    missing = (screens().keys() | operations().keys()) - {row.name for row in ROWS}
    assert not missing, f"add rows in tests/access/rows/ for {sorted(missing)}"


def test_every_row_has_an_address() -> None:
    unknown = {row.name for row in ROWS} - screens().keys() - operations().keys()
    assert not unknown, f"rows without an address: {sorted(unknown)}"


def test_every_view_says_who_may_call_it() -> None:
    unmarked = [name for name, view in (screens() | operations()).items() if not hasattr(view, accounts.MARK)]
    assert not unmarked


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_permission_exists(row: Row) -> None:
    assert not row.permission or row.permission in all_permissions()


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_nobody(row: Row, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = send(row, world, None, monkeypatch)
    if row.permission is None:
        assert answer.status_code in row.ok
    elif row.is_api:
        assert answer.status_code == 401
        assert answer["Content-Type"].startswith("application/problem+json")
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_wrong_permission(row: Row, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    if not row.permission:
        pytest.skip("asks for no permission")
    others = all_permissions() - {row.permission}
    answer = send(row, world, actor(world, others, everything=True), monkeypatch)
    assert answer.status_code == 403


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_wrong_scope(row: Row, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    if not row.scoped:
        pytest.skip("names nothing of an organisation")
    answer = send(row, world, actor(world, all_permissions(), world.org_b), monkeypatch)
    assert answer.status_code == 404


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_right(row: Row, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    enough = frozenset({row.permission}) if row.permission else frozenset()
    who = actor(world, enough, world.org_a, everything=row.needs_all)
    answer = send(row, world, who, monkeypatch)
    assert answer.status_code in row.ok, getattr(answer, "content", b"")[:600].decode(errors="replace")
