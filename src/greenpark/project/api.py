"""The JSON API: one root, errors after RFC 9457, sessions and bearer tokens, the routers of every domain."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import Swagger
from ninja.renderers import JSONRenderer
from ninja.security import APIKeyCookie, HttpBearer

from greenpark.domains.accounts import facade as accounts
from greenpark.project.installed import modules

log = logging.getLogger("greenpark.api")

PROBLEMS = "/docs/problems#"
_TITLES = {
    400: "请求有误",
    401: "尚未登录",
    403: "没有权限",
    404: "没有找到",
    409: "与现状冲突",
    413: "请求过大",
    422: "数据不符合要求",
    429: "请求过于频繁",
    500: "系统出错",
    503: "暂时不可用",
}


class Bearer(HttpBearer):
    """``Authorization: Bearer gp_…``: a token of an organisation."""

    def authenticate(self, request: HttpRequest, token: str) -> accounts.Actor | None:
        now = timezone.now()
        actor = accounts.actor_of_token(token, now)
        if actor is not None:
            accounts.token_used(actor.id, at=now)
            request.actor = actor
        return actor


class Session(APIKeyCookie):
    """The session of the web interface; writes need the CSRF header."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> accounts.Actor | None:
        if "Authorization" in request.headers:
            return None  # a token that is not accepted must not fall back to whoever is signed in
        try:
            return accounts.current_actor(request)
        except accounts.NotSignedIn:
            return None


def problem(
    request: HttpRequest, status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None, **more: Any
) -> HttpResponse:
    """An answer after RFC 9457. ``code`` names the kind of problem; ``errors`` point into the request."""
    body = {
        "type": PROBLEMS + code,
        "title": _TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "trace_id": secrets.token_hex(8),
        **({"errors": errors} if errors else {}),
        **more,
    }
    answer = api.create_response(request, body, status=status)
    answer["Content-Type"] = "application/problem+json; charset=utf-8"
    return answer


class _Api(NinjaAPI):
    """Keeps RFC 9457 for the errors that ninja itself makes."""

    def on_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse:
        for kind in type(exc).__mro__:
            if kind in _ANSWERS:
                return _ANSWERS[kind](request, exc)
        answer = problem(request, 500, "internal", "系统处理请求时出错，请把 trace_id 告诉运维")
        log.exception("API failure %s %s", request.path, getattr(answer, "content", b"")[:400], exc_info=exc)
        return answer


def _pointer(place: tuple[Any, ...]) -> str:
    """Where in the request: ``/body/readings/0/value``."""
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    errors = [
        {
            "pointer": _pointer(tuple(e.get("loc", ()))),
            "detail": str(e.get("msg", "")),
            "code": str(e.get("type", "invalid")),
        }
        for e in exc.errors
    ]
    return problem(request, 422, "invalid", f"请求中有 {len(errors)} 处不符合接口说明", errors)


def _http(request: HttpRequest, exc: HttpError) -> HttpResponse:
    code = {401: "not-signed-in", 403: "not-allowed", 404: "not-found", 409: "conflict"}.get(exc.status_code, "http")
    return problem(request, exc.status_code, code, str(exc))


_UNSIGNED = "请携带有效的 Bearer 令牌，或先在网页登录"

_ANSWERS: dict[type[BaseException], Any] = {
    AuthenticationError: lambda r, e: problem(r, 401, "not-signed-in", _UNSIGNED),
    accounts.NotSignedIn: lambda r, e: problem(r, 401, "not-signed-in", _UNSIGNED),
    accounts.MustChangePassword: lambda r, e: problem(r, 403, "must-change-password", "请先在网页修改初始密码"),
    accounts.OutOfScope: lambda r, e: problem(r, 404, "not-found", "没有找到，或不在数据范围内"),
    accounts.NotAllowed: lambda r, e: problem(r, 403, "not-allowed", str(e)),
    Http404: lambda r, e: problem(r, 404, "not-found", str(e) or "没有找到"),
    ObjectDoesNotExist: lambda r, e: problem(r, 404, "not-found", "没有找到"),
    ValidationError: _invalid,
    HttpError: _http,
}


class _Json(JSONRenderer):
    """Chinese stays readable in answers."""

    json_dumps_params: ClassVar[dict[str, Any]] = {"ensure_ascii": False}


api = _Api(
    title="GreenPark API",
    version="1",
    description=(
        "Readings, registry and ledgers of an industrial park. 园区监测、名录与台账接口。\n\n"
        "Send `Authorization: Bearer <token>`; a token sees one organisation and everything below it. Times are "
        "RFC 3339, units are part of field names, lists are `{items, count}` with `page` and `page_size` (≤ 200). "
        "Errors follow RFC 9457 (`application/problem+json`)."
    ),
    auth=[Bearer(), Session()],
    docs=Swagger(),
    renderer=_Json(),
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "Apache-2.0"}}},
)


def operations() -> Iterator[tuple[str, str, Any]]:
    """Path, method and view function of every operation that the domains offer."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield f"{prefix}{path}", method, operation.view_func


for _name, _module in modules("api").items():
    if hasattr(_module, "router"):
        api.add_router(f"/{_name}", _module.router)


def _check_marks() -> None:
    """Fail at start, not at the first request: an operation without a mark would be open to every token."""
    for path, method, view in operations():
        if not hasattr(view, accounts.MARK):
            raise ImproperlyConfigured(f"{method} {path}: put @accounts.require(...) under the router's decorator")


_check_marks()
