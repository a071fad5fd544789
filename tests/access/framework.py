"""Rows, the world they act in, and the walk over everything that answers."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, DataScope
from greenpark.project import api as api_root
from tests.access import rows as rows_package

#: Addresses that need no row, with the reason.
EXEMPT: dict[str, str] = {
    "api:api-root": "answers 404 by itself; only the base of the other addresses",
    "api:openapi-json": "describes the interface and holds no data",
    "api:openapi-view": "describes the interface and holds no data",
}

World = SimpleNamespace
Values = Callable[[World], dict[str, Any]]


def nothing(_: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """One address (or operation) and who may use it.

    name        ``domain:url-name``, or ``GET /domain/path/{int:id}`` for the API, exactly as declared
    permission  the permission it asks for; "" = anybody signed in; None = public
    args        path arguments, from the world; they name something of organisation A
    scoped      the arguments name data of an organisation: with the wrong data scope the answer must be 404
    method      get or post for screens; for the API it is part of the name
    data        form data or JSON body, from the world
    query       query string, such as ``?enterprise=3``, from the world
    ok          statuses that mean success for somebody with the right permission and scope
    needs_all   the actor's scope must be everything for success
    """

    name: str
    permission: str | None
    args: Values = nothing
    scoped: bool = False
    method: str = "get"
    data: Values = nothing
    query: Callable[[World], str] = lambda _: ""
    ok: tuple[int, ...] = (200, 302)
    needs_all: bool = False

    @property
    def is_api(self) -> bool:
        return " /" in self.name

    def url(self, world: World) -> str:
        args = self.args(world)
        if not self.is_api:
            return reverse(self.name, kwargs=args or None) + self.query(world)
        path = self.name.split(" ", 1)[1]
        for key, value in args.items():
            for form in (f"{{{key}}}", f"{{int:{key}}}", f"{{str:{key}}}", f"{{slug:{key}}}"):
                path = path.replace(form, str(value))
        return "/api/v1" + path + self.query(world)

    def verb(self) -> str:
        return self.name.split(" ", 1)[0].lower() if self.is_api else self.method


def modules() -> Iterator[Any]:
    for found in pkgutil.iter_modules(rows_package.__path__):
        yield import_module(f"{rows_package.__name__}.{found.name}")


def rows() -> list[Row]:
    """Every row of every domain."""
    return [row for module in modules() for row in module.ROWS]


def screens() -> dict[str, Any]:
    """URL name with its namespace -> view, of every address that is not the API's."""
    found: dict[str, Any] = {}

    def walk(patterns: list[Any], space: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
            elif isinstance(pattern, URLPattern):
                name = f"{space}{pattern.name}" if pattern.name else f"(no name) {space}{pattern.pattern}"
                found[name] = pattern.callback

    walk(get_resolver().url_patterns, "")
    operations = {n for n in found if n.startswith("api:") and n not in EXEMPT}
    return {name: view for name, view in found.items() if name not in operations and name not in EXEMPT}


def operations() -> dict[str, Any]:
    """``GET /registry/points`` -> view function, of every operation of the API."""
    return {f"{method} {path}": view for path, method, view in api_root.operations()}


def actor(world: World, permissions: frozenset[str], *organisations: int, everything: bool = False) -> Actor:
    """Somebody with exactly these permissions and this scope, who is the world's person."""
    scope = DataScope(everything=everything, organisations=frozenset(organisations))
    return Actor(world.person.pk, world.person.name, world.person.organisation_id, permissions, scope)


def all_permissions() -> frozenset[str]:
    return frozenset(accounts.known_permissions())
