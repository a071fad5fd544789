"""From a signed-in person or a token to an Actor: permissions expanded, data scope resolved to organisation ids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from greenpark.domains.accounts import models, rules
from greenpark.domains.accounts.contracts import Actor, DataScope


@cache
def _listed(name: str) -> dict[str, str]:
    """The tables of this name in the ``contracts`` of every installed domain, together."""
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("greenpark.domains.") and find_spec(f"{config.name}.contracts"):
            found.update(getattr(import_module(f"{config.name}.contracts"), name, {}))
    return found


def known_permissions() -> dict[str, str]:
    """Every permission of the installed domains -> its description, from their ``contracts.PERMISSIONS``."""
    return _listed("PERMISSIONS")


def action_words() -> dict[str, str]:
    """Every action that the installed domains name -> its words, from their ``contracts.ACTIONS``."""
    return _listed("ACTIONS")


def subtree_ids(organisation_id: int) -> frozenset[int]:
    """An organisation and everything below it."""
    top = models.Organisation.objects.get(pk=organisation_id)
    return frozenset(models.Organisation.objects.filter(path__startswith=top.path).values_list("id", flat=True))


def actor_of(person: models.Person) -> Actor:
    """The Actor of a person. Three queries at most, whatever the number of roles.

    A role reaches data only in its own scope, but an Actor has one scope for all: the union. That is safe because the
    permissions decide what may be done, and the table of roles keeps administration apart from business data.
    """
    assignments = list(person.roles.prefetch_related("organisations"))
    return Actor(
        id=person.pk,
        name=person.name,
        organisation_id=person.organisation_id,
        permissions=rules.permissions_of((a.role for a in assignments), known_permissions()),
        scope=_scope(person, assignments),
    )


def _scope(person: models.Person, assignments: Iterable[models.RoleAssignment]) -> DataScope:
    ids: set[int] = set()
    for assignment in assignments:
        match assignment.scope:
            case rules.ScopeKind.EVERYTHING:
                return DataScope(everything=True)
            case rules.ScopeKind.SUBTREE:
                ids |= subtree_ids(person.organisation_id)
            case rules.ScopeKind.OWN:
                ids.add(person.organisation_id)
            case rules.ScopeKind.CUSTOM:
                ids |= {organisation.pk for organisation in assignment.organisations.all()}
            case _:
                pass
    return DataScope(organisations=frozenset(ids))


def actor_of_token(secret: str, at: datetime) -> Actor | None:
    """The Actor of an API token; None when it is unknown, revoked, expired, or its maker has left.

    A token never outlives the rights of the person who made it: its permissions are cut to that person's at each use.
    """
    token = (
        models.ApiToken.objects.select_related("created_by", "organisation")
        .filter(digest=rules.token_digest(secret), revoked_at=None, expires_at__gt=at)
        .first()
    )
    if token is None or not token.created_by.is_active or not token.organisation.active:
        return None
    maker = actor_of(token.created_by)
    below = subtree_ids(token.organisation_id)
    allowed = below if maker.scope.everything else below & maker.scope.organisations
    return Actor(
        id=token.pk,
        name=f"令牌 {token.name}",
        organisation_id=token.organisation_id,
        permissions=maker.permissions & frozenset(token.permissions),
        scope=DataScope(organisations=allowed),
        kind="token",
    )
