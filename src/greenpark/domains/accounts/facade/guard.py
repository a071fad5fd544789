"""Who may call a view. Every view and every API operation carries exactly one of these marks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest

from greenpark.domains.accounts.contracts import Actor, MustChangePassword, NotSignedIn
from greenpark.domains.accounts.selectors.actors import actor_of

View = TypeVar("View", bound=Callable[..., Any])

#: Marks on a view: None for a public one, else the permissions that are all needed.
MARK = "gp_access"


def current_actor(request: HttpRequest, *, stale_password_ok: bool = False) -> Actor:
    """The Actor behind a request: a token that the API root accepted, or the signed-in person. One look-up a request.

    Raises NotSignedIn, MustChangePassword.
    """
    known = getattr(request, "actor", None) or getattr(request, "auth", None)
    if isinstance(known, Actor):
        return known
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        raise NotSignedIn("请先登录")
    if person.must_change_password and not stale_password_ok:
        raise MustChangePassword("请先修改初始密码")
    return actor_of(person)


def require(*permissions: str, stale_password_ok: bool = False) -> Callable[[View], View]:
    """Only for actors that hold all ``permissions`` (none named: anybody signed in). Sets ``request.actor``.

    Raises NotSignedIn, MustChangePassword, NotAllowed; the middleware and the API root turn them into answers.
    """

    def check(request: HttpRequest) -> None:
        actor = current_actor(request, stale_password_ok=stale_password_ok)
        for permission in permissions:
            actor.need(permission)
        request.actor = actor

    def decorate(view: View) -> View:
        guarded: Any
        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                await sync_to_async(check)(request)
                return await view(request, *args, **kwargs)

        else:

            @wraps(view)
            def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                check(request)
                return view(request, *args, **kwargs)

        setattr(guarded, MARK, permissions)
        return _with_types(guarded, view)

    return decorate


def public(view: View) -> View:
    """For everybody, signed in or not. Use it only where the page shows nothing that belongs to anybody."""
    setattr(view, MARK, None)
    return view


def _with_types(guarded: Any, view: Any) -> Any:
    """ninja resolves textual annotations in the globals of the function it is given: resolve them in the view's."""
    try:
        guarded.__signature__ = inspect.signature(view, eval_str=True)
    except NameError:  # a name imported for type checking only; such views are not API operations
        guarded.__signature__ = inspect.signature(view)
    return guarded
