"""What the screens share: months, the clock, pages, downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from greenpark.domains.carbon.contracts import SourceRefused
from greenpark.kernel.periods import PARK_ZONE, Month, NotAPeriod

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


def now() -> datetime:
    return datetime.now(UTC)


def this_month(at: datetime) -> Month:
    return Month.of(at.astimezone(PARK_ZONE).date())


def last_month(at: datetime) -> Month:
    """The month people report and close: the one that has just ended."""
    return this_month(at).previous()


def month_or_404(text: str) -> Month:
    try:
        return Month.parse(text)
    except NotAPeriod as fault:
        raise Http404(str(fault)) from fault


def chosen_month(request: HttpRequest, at: datetime) -> Month:
    """``?month=2026-10``, else last month; nonsense reads as last month too."""
    try:
        return Month.parse(request.GET.get("month", ""))
    except NotAPeriod:
        return last_month(at)


def typed_month(typed: Mapping[str, str], name: str) -> Month:
    """A month from a form. Raises SourceRefused beside its field."""
    try:
        return Month.parse(str(typed.get(name, "")).strip())
    except NotAPeriod as fault:
        raise SourceRefused(str(fault), {name: str(fault)}) from fault


def page_of(request: HttpRequest, rows: Sequence[Any]) -> Page[Any]:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def download(content: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to keep; the name may be Chinese (RFC 6266)."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def link(name: str, *args: object, query: str = "") -> str:
    """The address of another domain's screen, "" where this installation has none."""
    try:
        return reverse(name, args=args) + query
    except NoReverseMatch:
        return ""
