"""What did not get in, what is not known yet, and how the gateways are."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.telemetry.rules import CODES, GATEWAYS, suggestion
from greenpark.domains.telemetry.selectors import frames
from greenpark.domains.telemetry.selectors import gateways as status
from greenpark.domains.telemetry.selectors import not_taken as selectors
from greenpark.ingest.keys import describe, from_text
from greenpark.kernel.periods import from_us, to_us
from greenpark.kernel.points import BindingKey

ROWS = 100
SPANS = (
    (1, _("24 小时")),
    (7, _("7 天")),
    (30, _("30 天")),
    (180, _("180 天")),
)


def _span(request: HttpRequest) -> tuple[int, int, int]:
    """Days looked back, start and end [UTC µs]."""
    text = request.GET.get("days", "")
    days = int(text) if text in {str(n) for n, _ in SPANS} else 7
    now = timezone.now()
    return days, to_us(now - timedelta(days=days)), to_us(now + timedelta(days=1))


def _segments(request: HttpRequest, days: int) -> list[dict[str, object]]:
    kept = {k: v for k, v in request.GET.items() if k in ("code", "gateway") and v}
    return [{"label": text, "href": "?" + urlencode(kept | {"days": n}), "on": n == days} for n, text in SPANS]


@accounts.require("telemetry.review")
def not_taken(request: HttpRequest) -> HttpResponse:
    """Rejected frames and refused items with their causes."""
    days, start, end = _span(request)
    code, gateway = request.GET.get("code", ""), request.GET.get("gateway", "")
    before = request.GET.get("before", "")
    rows = selectors.not_taken(
        request.actor,
        selectors.NotTakenFilter(start, end, code, gateway),
        limit=ROWS,
        before_id=int(before) if before.isdigit() and len(before) < 19 else None,
    )
    kept = {k: v for k, v in request.GET.items() if k in ("code", "gateway", "days") and v}
    context = {
        "rows": [
            {"row": r, "at": from_us(r.received_us), "gateway": GATEWAYS.get(r.gateway, r.gateway),
             "what": describe(from_text(r.key)) if r.key else gettext("整条报文"),
             "code": gettext(CODES.get(r.code, r.code))}
            for r in rows
        ],
        "codes": CODES, "gateways": GATEWAYS, "code": code, "gateway": gateway, "days": days,
        "segments": _segments(request, days),
        "older": "?" + urlencode(kept | {"before": rows[-1].id}) if len(rows) == ROWS else "",
    }  # fmt: skip
    return render(request, "telemetry/not_taken.html", context)


@accounts.require("telemetry.review")
def not_taken_one(request: HttpRequest, row_id: int) -> HttpResponse:
    """One entry: cause, bytes, and the frame it came with."""
    row = selectors.one(request.actor, row_id)
    frame = frames.frame(row.frame_id)
    raw = row.raw or (frame.raw if frame else b"")
    context = {
        "row": row,
        "at": from_us(row.received_us),
        "gateway": GATEWAYS.get(row.gateway, row.gateway),
        "code": gettext(CODES.get(row.code, row.code)),
        "what": describe(from_text(row.key)) if row.key else gettext("整条报文"),
        "decoded": frames.decode(row.gateway, raw) if raw else None,
        "hex": frames.hex_dump(raw),
        "size": len(raw),
    }
    return render(request, "telemetry/not_taken_one.html", context)


@accounts.require("telemetry.review")
def unknown(request: HttpRequest) -> HttpResponse:
    """Keys and stations that send and are bound to nothing."""
    days, start, end = _span(request)
    found = selectors.unknown_keys(request.actor, start, end)
    everything = request.actor.scope.everything
    owners = selectors.owners_of_devices() if request.actor.may("registry.configure") else {}
    stations = status.unknown_stations(to_us(timezone.now())) if everything else []
    context = {
        "rows": [
            {"key": u, "at": from_us(u.last_us), "gateway": GATEWAYS.get(u.gateway, u.gateway),
             "binding": " / ".join(u.key), "bind": _bind_address(u.key, owners)}
            for u in found
        ],
        "stations": [
            {**s, "last": from_us(int(s["last_us"])), "bind": _bind_address(("hj212", s["mn"], s["cn"], ""), owners)}
            for s in stations
        ],
        "may_bind": request.actor.may("registry.configure"),
        "days": days, "segments": _segments(request, days),
    }  # fmt: skip
    return render(request, "telemetry/unknown.html", context)


def _bind_address(key: BindingKey, owners: dict[tuple[str, str], int]) -> str:
    """The form of a new point with everything filled in that the key tells."""
    owner = owners.get((key[0], key[1])) if len(key) > 1 else None
    known: list[tuple[str, object]] = [("key", part) for part in key]
    known += [(name, text) for name, text in suggestion(key).items()]
    if owner is not None:
        known.append(("enterprise", owner))
    return f"{reverse('registry:point-new')}?{urlencode(known)}"


@accounts.require("telemetry.review")
def gateways(request: HttpRequest) -> HttpResponse:
    """State of the gateway processes. Connections show devices of everybody: only for those who see everything."""
    now = timezone.now()
    found = status.gateway_status(to_us(now))
    for one in found:
        one["at"] = from_us(int(one["at_us"]))
        one["started"] = from_us(int(one["started_us"]))
    context = {"found": found, "now": now, "everything": request.actor.scope.everything}
    template = "telemetry/parts/gateways_live.html" if request.htmx else "telemetry/gateways.html"
    return render(request, template, context)
