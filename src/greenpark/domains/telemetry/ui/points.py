"""The point explorer: list, one point over a span, one reading with its frame."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from openpyxl import Workbook

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry.rules import GATEWAYS, LONGEST_DAYS, STEPS, has_amount, usual_step
from greenpark.domains.telemetry.selectors import explorer, frames, series
from greenpark.domains.telemetry.services import decisions
from greenpark.domains.telemetry.ui import words
from greenpark.domains.telemetry.ui.forms import DecisionForm
from greenpark.ingest.files.workbooks import guarded
from greenpark.kernel.periods import PARK_ZONE, day_start_us, from_us, to_us
from greenpark.store.interface import StoreError

ROWS = 50
#: Rows of an .xlsx export; CSV has no limit.
XLSX_ROWS = 200_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@accounts.require("telemetry.view")
def points(request: HttpRequest) -> HttpResponse:
    """Points with their newest value and its age."""
    now_us = to_us(timezone.now())
    get = request.GET.get
    enterprise = get("enterprise", "")
    chosen = registry.PointFilter(
        q=get("q", "")[:60],
        enterprise_id=int(enterprise) if enterprise.isdigit() and len(enterprise) < 10 else None,
        medium=get("medium", ""),
        state="active",
    )
    state = get("state", "")
    page = accounts.paged(request, lambda offset, limit: _list(request, chosen, state, now_us, offset, limit))
    rate = series.online_rate(explorer.visible_points(request.actor), now_us)
    kept = {k: v for k, v in request.GET.items() if k in ("q", "enterprise", "medium") and v}
    counts = (
        ("", gettext("全部"), rate.points),
        ("online", gettext("在线"), rate.online),
        ("silent", gettext("离线"), rate.silent),
        ("never", gettext("从未上传"), rate.never),
    )
    tabs = []
    for key, label, count in counts:
        href = "?" + urlencode(kept | ({"state": key} if key else {}))
        tabs.append({"label": label, "count": count, "href": href, "on": state == key})
    context = {"page": page, "tabs": tabs, "chosen": chosen, "state": state, "rate": rate, "media": registry.MEDIA,
               "now": from_us(now_us)}  # fmt: skip
    return render(request, "telemetry/points.html", context)


def _list(
    request: HttpRequest, chosen: registry.PointFilter, state: str, now_us: int, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    if not state:
        views, count = registry.points(request.actor, chosen, offset=offset, limit=limit)
        return _with_latest(views, now_us), count
    views, _ = registry.points(request.actor, chosen, limit=50_000)
    rows = [row for row in _with_latest(views, now_us) if row["state"] == state]
    return rows[offset : offset + limit], len(rows)


def _with_latest(views: list[registry.PointView], now_us: int) -> list[dict[str, Any]]:
    newest = series.latest([v.id for v in views])
    at = {int(p): i for i, p in enumerate(newest.points)}
    rows = []
    for view in views:
        i = at.get(view.id)
        row: dict[str, Any] = {"point": view, "state": "never", "value": None, "time": None}
        if i is not None:
            time_us = int(newest.times[i])
            recent = now_us - time_us <= max(3 * view.spec.expected_interval_s * 1_000_000, 600_000_000)
            row |= {"state": "online" if recent else "silent", "value": float(newest.values[i]),
                    "time": from_us(time_us), "time_us": time_us}  # fmt: skip
        rows.append(row)
    return rows


@accounts.require("telemetry.view")
def point(request: HttpRequest, point_id: int) -> HttpResponse:
    """One point: chart and table, raw or rolled up; ``?from=&to=`` inclusive local days, ``?step=``, ``?export=``."""
    view = registry.point(request.actor, point_id)
    today = timezone.localdate()
    last = _day(request.GET.get("to", ""), today)
    first = min(_day(request.GET.get("from", ""), last - timedelta(days=6)), last)
    days = (last - first).days + 1
    step = request.GET.get("step", "")
    if step not in STEPS:
        step = usual_step(days, view.spec.expected_interval_s)
    cut = days > LONGEST_DAYS[step]
    if cut:
        first = last - timedelta(days=LONGEST_DAYS[step] - 1)
    trouble = ""
    try:
        shown = explorer.show(
            request.actor, point_id, step, day_start_us(first), day_start_us(last + timedelta(days=1))
        )  # fmt: skip
    except StoreError as error:
        trouble, shown = str(error), explorer.Shown(view, step, view.spec.unit, None, None)
    if (kind := request.GET.get("export")) in ("csv", "xlsx"):
        return _export(request, shown, kind, first, last)

    def in_words(offset: int, limit: int) -> tuple[list[explorer.Row], int]:
        rows, count = shown.page(offset, limit)
        return [replace(row, words=words.quality(row.quality)) for row in rows], count

    page = accounts.paged(request, in_words, size=ROWS)
    newest = series.latest([point_id])
    context = {
        "shown": shown,
        "point": view,
        "page": page,
        "chart": explorer.chart(shown) if len(shown) else None,
        "step": step,
        "first": first,
        "last": last,
        "cut": LONGEST_DAYS[step] if cut else 0,
        "trouble": trouble,
        "steps": [
            {"key": key, "label": gettext(label), "href": _query(first, last, key), "on": key == step}
            for key, (_step, label) in STEPS.items()
        ],
        "spans": [
            {
                "label": label,
                "href": _query(today - timedelta(days=n - 1), today, ""),
                "on": last == today and days == n,
            }
            for n, label in ((1, gettext("今天")), (7, gettext("7 天")), (30, gettext("30 天")), (365, gettext("一年")))
        ],
        "export": _query(first, last, step),
        "is_raw": STEPS[step][0] is None,
        "value_name": gettext("用量") if STEPS[step][0] and has_amount(view.spec.kind) else gettext("数值"),
        "kind": gettext(registry.POINT_KINDS.get(view.spec.kind, view.spec.kind)),
        "medium": gettext(registry.MEDIA.get(view.medium, view.medium)),
        "newest": from_us(int(newest.times[0])) if len(newest) else None,
        "newest_value": float(newest.values[0]) if len(newest) else None,
    }
    template = "telemetry/parts/point_body.html" if request.htmx else "telemetry/point.html"
    return render(request, template, context)


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _query(first: date, last: date, step: str) -> str:
    chosen = {"from": first.isoformat(), "to": last.isoformat()} | ({"step": step} if step else {})
    return "?" + urlencode(chosen)


def _export(request: HttpRequest, shown: explorer.Shown, kind: str, first: date, last: date) -> HttpResponse:
    request.actor.need("telemetry.export")
    accounts.record(
        action="telemetry.point.exported", subject=f"point:{shown.point.id}", by=request.actor, at=timezone.now(),
        detail={"step": shown.step, "from": first.isoformat(), "to": last.isoformat(), "rows": len(shown)},
    )  # fmt: skip
    name = f"{shown.point.code}-{shown.step}-{first}-{last}"
    if kind == "csv":
        answer: Any = StreamingHttpResponse(_csv(shown), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
        return answer
    book = Workbook(write_only=True)
    sheet = book.create_sheet("读数")
    for i, line in enumerate(_lines(shown, cells=True)):
        if i > XLSX_ROWS:
            sheet.append([f"超过 {XLSX_ROWS} 行的部分请导出 CSV"])
            break
        sheet.append(line)
    out = BytesIO()
    book.save(out)
    answer = HttpResponse(out.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    return answer


def _plain(value: float | None) -> float | None:
    """Without the noise of binary fractions; None for an unknown value."""
    return None if value is None or value != value else float(f"{value:.12g}")


def _lines(shown: explorer.Shown, *, cells: bool = False) -> Iterator[list[Any]]:
    """Rows of an export, header first; with ``cells`` times are dates for a workbook, else text."""
    header = ["监测点", "时间", f"数值（{shown.unit}）", "质量"]
    rolled = shown.rows is not None
    yield header + (["有效覆盖", "读数条数", f"其中估算（{shown.unit}）"] if rolled else [])
    code = guarded(shown.point.code)
    for i in range(len(shown)):
        row = shown.row(i)
        moment = from_us(row.time_us).astimezone(PARK_ZONE)
        text = moment.strftime("%Y-%m-%d %H:%M:%S") + (f".{moment.microsecond:06d}" if moment.microsecond else "")
        line = [code, moment.replace(tzinfo=None) if cells else text, _plain(row.value), row.words]
        if rolled:
            line += [_plain(row.share), row.count, _plain(row.estimated)]
        yield line


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(shown: explorer.Shown) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for line in _lines(shown):
        yield writer.writerow(["" if cell is None else cell for cell in line])


@accounts.require("telemetry.view")
def reading(request: HttpRequest, point_id: int, time_us: int) -> HttpResponse:
    """One reading: the frame that brought it, and the values it replaced."""
    detail = explorer.reading(request.actor, point_id, time_us)
    frame = None
    try:
        frame = frames.frame(detail.frame_id)
        trouble = ""
    except StoreError as error:
        trouble = str(error)
    context = {
        "detail": detail,
        "point": detail.point,
        "row": replace(detail.row, words=words.quality(detail.row.quality)),
        "at": from_us(time_us),
        "frame": frame,
        "gateway": gettext(GATEWAYS.get(frame.gateway, frame.gateway)) if frame else "",
        "received": from_us(frame.received_us) if frame else None,
        "hex": frames.hex_dump(frame.raw) if frame else "",
        "trouble": trouble,
        "replaced": [(r, from_us(r.replaced_us)) for r in detail.replaced],
        "day": from_us(time_us).astimezone(PARK_ZONE).date(),
        "form": DecisionForm() if request.actor.may("telemetry.correct") else None,
    }
    return render(request, "telemetry/reading.html", context)


@require_POST
@accounts.require("telemetry.correct")
def decide(request: HttpRequest, point_id: int, time_us: int) -> HttpResponse:
    """Confirm or discard one reading, with a reason."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("请选择处理方式并写明理由"))
        explorer.reading(request.actor, point_id, time_us)
    else:
        decisions.decide(
            point_id=point_id, time_us=time_us, what=form.cleaned_data["what"], reason=form.cleaned_data["reason"],
            by=request.actor, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, gettext("已处理，相关汇总已重算"))
    return redirect("telemetry:reading", point_id=point_id, time_us=time_us)


@accounts.require("telemetry.view")
def reading_frame(request: HttpRequest, point_id: int, time_us: int) -> HttpResponse:
    """The bytes of the frame, as they came."""
    detail = explorer.reading(request.actor, point_id, time_us)
    frame = frames.frame(detail.frame_id)
    raw = frame.raw if frame else b""
    answer = HttpResponse(raw, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="frame-{detail.frame_id}.bin"'
    return answer
