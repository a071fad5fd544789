"""Builders for tests: organisations, people with roles, signed-in clients, tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.test import Client

from greenpark.domains.accounts import models
from greenpark.domains.accounts.contracts import SYSTEM, Actor
from greenpark.domains.accounts.selectors.actors import actor_of
from greenpark.domains.accounts.services import organisations, people
from greenpark.domains.accounts.services.people import NewToken

AT = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "Park-Green-2026"


def make_organisation(code: str = "city", *, kind: str = "city", parent_id: int | None = None, name: str = "") -> int:
    """Id of an organisation with this code, made when new."""
    return organisations.ensure_organisation(
        code=code, name=name or f"组织 {code}", kind=kind, parent_id=parent_id, by=SYSTEM, at=AT
    )


def make_person(
    username: str = "somebody",
    *roles: str,
    organisation_id: int | None = None,
    scope: str | None = None,
    organisations: Iterable[int] = (),
) -> models.Person:
    """A person with these roles who need not change the password; in the organisation ``city`` by default."""
    place = organisation_id or make_organisation()
    person_id = people.create_person(
        username=username,
        name=username,
        organisation_id=place,
        password=PASSWORD,
        by=SYSTEM,
        at=AT,
        must_change_password=False,
    )
    for role in roles:
        people.assign_role(person_id, role, scope=scope, organisations=organisations, by=SYSTEM, at=AT)
    return models.Person.objects.get(pk=person_id)


def make_actor(*roles: str, username: str = "", organisation_id: int | None = None, scope: str | None = None) -> Actor:
    """The Actor of a new person with these roles."""
    name = username or "-".join(("actor", *roles))
    return actor_of(make_person(name, *roles, organisation_id=organisation_id, scope=scope))


def signed_in(person: models.Person) -> Client:
    """A test client with the person's session."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_token(person: models.Person, organisation_id: int, permissions: Iterable[str], *, at: datetime) -> NewToken:
    """A token of the person, valid for 30 days from ``at``."""
    now = at
    return people.create_token(
        name="test",
        organisation_id=organisation_id,
        permissions=permissions,
        expires_at=now + timedelta(days=30),
        by=actor_of(person),
        at=now,
    )
