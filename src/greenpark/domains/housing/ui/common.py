"""What the console pages share: the clock, posted values, acts offered as dialogs, downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing.contracts import HousingError, Refused
from greenpark.kernel.periods import PARK_ZONE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().astimezone(PARK_ZONE).date()


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a dialog. ``kind``: text, area, date, datetime, money, number, select, check, file."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    initial: str = ""


class Posted:
    """Posted values, read with clear errors."""

    def __init__(self, request: HttpRequest) -> None:
        self.post, self.files = request.POST, request.FILES

    def text(self, name: str) -> str:
        return str(self.post.get(name, "")).strip()

    def flag(self, name: str) -> bool:
        return self.text(name) in ("1", "on", "yes", "是")

    def money(self, name: str) -> Decimal:
        text = self.text(name).replace(",", "")
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise Refused(f"「{text}」不是数，请填写数字") from None
        if not value.is_finite() or abs(value) >= Decimal(10) ** 13:
            raise Refused(f"「{text}」超出范围")
        return value

    def number(self, name: str) -> int:
        text = self.text(name)
        if not text.isdigit() or len(text) > 9:
            raise Refused(f"「{text}」应为整数")
        return int(text)

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise Refused(f"日期「{self.text(name)}」应为 2026-11-22 的样式") from None

    def day_or_none(self, name: str) -> date | None:
        return self.day(name) if self.text(name) else None

    def moment(self, name: str) -> datetime:
        try:
            return datetime.fromisoformat(self.text(name)).replace(tzinfo=PARK_ZONE)
        except ValueError:
            raise Refused(f"时间「{self.text(name)}」应为 2026-11-22T09:00 的样式") from None

    def lines(self, name: str) -> list[str]:
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]


#: by, at, target (application number, or an id), posted values -> what to say.
Run = Callable[[Actor, datetime, Any, Posted], str]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done to a case, home, project or draw; shown as a button with a dialog."""

    name: str
    title: str
    permission: str
    run: Run
    states: tuple[str, ...] = ()
    """States in which it is offered; empty: always."""
    inputs: tuple[Input, ...] = ()
    consequence: str = ""
    danger: bool = False

    def offered(self, by: Actor, state: str) -> bool:
        return by.may(self.permission) and (not self.states or state in self.states)


def offered(acts: Iterable[Act], by: Actor, state: str) -> list[Act]:
    return [a for a in acts if a.offered(by, state)]


def perform(
    request: HttpRequest, acts: Sequence[Act], name: str, target: Any, back: str, *, permission: str
) -> HttpResponse:
    """Run the act of that name, say the result or the refusal, and return to ``back``. 404 for an unknown act."""
    act = next((a for a in acts if a.name == name and a.permission == permission), None)
    if act is None:
        raise Http404("没有这项办理")
    try:
        messages.success(request, act.run(request.actor, now(), target, Posted(request)))
    except HousingError as refused:
        details = [text for text in refused.errors.values() if text not in str(refused)]
        messages.error(request, "；".join([str(refused), *details]))
    return HttpResponseRedirect(back)


def download(content: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to keep; the name may be Chinese (RFC 6266); never cached."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response


def page_of(request: HttpRequest, rows: Sequence[Any]) -> Page[Any]:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def tabs(
    request: HttpRequest, choices: Sequence[tuple[str, str]], counts: Mapping[str, int], name: str = "state"
) -> list[dict[str, Any]]:
    """Status tabs that keep the other filters."""
    chosen = request.GET.get(name, "")
    made = []
    for value, label in choices:
        query = request.GET.copy()
        query.pop("page", None)
        query[name] = value
        count = sum(counts.get(v, 0) for v in value.split(",")) if value else sum(counts.values())
        made.append({"label": label, "count": count, "href": f"?{query.urlencode()}", "on": value == chosen})
    return made


def number_or_none(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 10 else None
