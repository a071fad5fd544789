"""Filters and tags of every template (builtins: no ``{% load %}``). Described in docs/how-to/add-a-screen.md."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.templatetags.static import static
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from greenpark.kernel import units
from greenpark.project.shell import charts, numbers

register = template.Library()
log = logging.getLogger("greenpark.shell")

for _filter in (numbers.num, numbers.cn, numbers.pct, numbers.pp, numbers.moment, numbers.clock):
    register.filter(_filter.__name__, _filter)
register.filter("day", numbers.day)
register.filter("day_cn", numbers.day_cn)

STATUS = {"ok": "ok", "warn": "warn", "bad": "bad", "info": "info", "none": "none"}


def _judged(shown: str, number: float, good: str) -> SafeString:
    if number == 0:
        return format_html('<span class="delta flat">{}</span>', _("持平"))
    direction = "up" if number > 0 else "down"
    judgement = "flat" if good == "none" else "good" if direction == good else "worse"
    arrow, word = ("▲", _("上升")) if number > 0 else ("▼", _("下降"))
    return format_html(
        '<span class="delta {}"><span aria-hidden="true">{}</span><span class="sr">{}</span> {}</span>',
        judgement,
        arrow,
        word,
        shown,
    )


@register.filter
def delta(change: object, good: str = "down") -> SafeString | str:
    """A relative change (-0.021) as «▼ 2.1 %». Arrow = direction, colour = judgement: ``good`` is up, down or none."""
    number = numbers.known(change)
    if number is None:
        return numbers.MISSING
    return _judged(numbers.pct(abs(number)), float(numbers.rounded(number * 100, 1)), good)


@register.filter
def delta_pp(difference: object, good: str = "up") -> SafeString | str:
    """A difference of shares (0.054) as «▲ 5.4 个百分点»."""
    number = numbers.known(difference)
    if number is None:
        return numbers.MISSING
    return _judged(numbers.pp(abs(number)), float(numbers.rounded(number * 100, 1)), good)


@register.filter
def unit(value: object) -> str:
    """A unit for people: ``t`` as «吨», ``mg/m3`` as «mg/m³»; in English the symbol («10⁴ Nm³»). "" stays empty."""
    text = "" if value is None else str(value)
    return units.unit_symbol(text) if html_lang() == "en" else units.unit_name(text)


@register.filter
def ago(value: object, now: datetime | None = None) -> str:
    """Age of a moment: «12 秒前». ``now`` defaults to the clock."""
    return numbers.ago(value, now or datetime.now(UTC))


@register.filter
def plain(value: object) -> str:
    """A number for attributes (``value=``, ``data-…``): no separators; empty when missing."""
    number = numbers.known(value)
    return "" if number is None else f"{number:f}"


@register.simple_tag
def status(level: str, text: str) -> SafeString:
    """Shape + word + colour. Levels: ok ● warn ▲ bad ◆ info ○ none –. Raises KeyError for any other."""
    return format_html('<span class="tag {}">{}</span>', STATUS[level], text)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of the sprite; decorative unless ``label`` says what it means. Names: icons.txt."""
    accessible = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', accessible, _sprite(), name)


def _sprite() -> str:
    return static("shell/vendor/icons.svg")


@register.simple_tag
def demo(flag: object = True, text: str = "") -> SafeString | str:
    """«演示» beside a figure that comes from demonstration data; nothing when ``flag`` is false."""
    if not flag:
        return ""
    title = _("由公开数据改编的演示数据，不是任何企业的真实数据")
    return format_html('<span class="tag-demo" title="{}">{}</span>', title, text or _("演示"))


@register.simple_tag
def estimated(flag: object = True) -> SafeString | str:
    """«估» beside a figure that is estimated or provisional."""
    return format_html('<span class="tag-est" title="{}">{}</span>', _("估算值，尚未月结"), _("估")) if flag else ""


@register.simple_tag
def missing(reason: str) -> SafeString:
    """«—» with the reason on hover and for screen readers."""
    return format_html('<span class="missing" title="{0}">—<span class="sr">{0}</span></span>', reason)


@register.simple_tag
def trace(href: str, text: str = "") -> SafeString:
    """Link from a figure to its inputs."""
    return format_html('<a class="trace" href="{}">{}{}</a>', href, icon("git-branch"), text or _("追溯"))


@register.inclusion_tag("shell/parts/as_of.html")
def as_of(at: object, source: str = "", scope: str = "", factors: str = "") -> dict[str, object]:
    """One line under figures: as-of time, scope, source, factors."""
    return {"at": at, "source": source, "scope": scope, "factors": factors}


@register.inclusion_tag("shell/parts/figure.html")
def figure(label: str, value: object, unit: str, **more: Any) -> dict[str, Any]:
    """A card with one key figure.

    More: ``d`` decimals, ``scale`` (万/亿, default True), ``as_of``, ``source``, ``href`` (its inputs), ``note``,
    ``reason`` (why missing), ``estimated``, ``demo``,
    ``change`` with ``good`` and ``change_label``, ``share`` with ``tone``.
    """
    decimals = int(more.get("d", 1))
    digits, scale = numbers.scaled(value, decimals) if more.get("scale", True) else (numbers.num(value, decimals), "")
    optional = dict.fromkeys(("as_of", "source", "href", "note", "reason", "estimated", "demo", "change", "share"))
    return {
        **optional,
        **more,
        "label": label,
        "digits": digits,
        "unit": scale + unit,
        "known": digits != numbers.MISSING,
    }


@register.inclusion_tag("shell/parts/chart.html")
def chart(id: str, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A chart with its data island, text table and source line; the browser adds drawing and «下载数据».

    More: ``title`` (read out and name of the CSV), ``summary``, ``source``, ``height`` s, m, l or xl, ``empty``.
    Raises BadChart.
    """
    charts.check(spec)
    return {
        **more,
        "id": id,
        "island": json_script(spec, f"{id}-data"),
        "is_empty": charts.is_empty(spec),
        "table": charts.table(spec),
        "height": more.get("height", "m"),
    }


@register.simple_tag
def chart_data(id: str, spec: dict[str, Any]) -> SafeString:
    """Only the island and the place of a chart, for pages that bring their own table. Raises BadChart."""
    charts.check(spec)
    return format_html('{}<div class="chart chart-m" data-chart="{}"></div>', json_script(spec, f"{id}-data"), id)


@register.inclusion_tag("shell/parts/field.html")
def field(bound: BoundField, unit: str = "") -> dict[str, object]:
    """Label, input, help and errors of a form field, bound to each other for screen readers."""
    return {"field": bound, "unit": unit, "kind": bound.field.widget.__class__.__name__.lower()}


@register.inclusion_tag("shell/parts/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, object]:
    """All errors of a form, summed up above it, each linked to its field."""
    return {"form": form, "fields": [bound for bound in form if bound.errors] if form.is_bound else []}


@register.inclusion_tag("shell/parts/tabs.html")
def tabs(items: object, label: str = "") -> dict[str, object]:
    """Status tabs: items with ``label``, ``count`` (may be None), ``href``, ``on``."""
    return {"items": items, "label": label or _("状态")}


@register.inclusion_tag("shell/parts/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, note: str = "") -> dict[str, object]:
    """«共 42 条» and page links of a Django Page; the filters of the URL are kept."""
    return {
        "request": context["request"],
        "page": page,
        "note": note,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
    }


@register.inclusion_tag("shell/parts/empty.html")
def empty(title: str, why: str = "", href: str = "", action: str = "", name: str = "database") -> dict[str, str]:
    """An empty list: what is missing, why, and the button that fills it."""
    return {"title": title, "why": why, "href": href, "action": action, "icon": name}


@register.simple_tag
def html_lang() -> str:
    """Language of the page for ``<html lang>``."""
    return "en" if (get_language() or "").startswith("en") else "zh-CN"


@register.simple_tag
def demo_mode() -> bool:
    """Whether this installation runs on demonstration data."""
    return bool(settings.DEMO)


@register.simple_tag(takes_context=True)
def event_number(context: template.Context) -> str:
    """A number a user can read out on the phone, written to the log with the path."""
    number = secrets.token_hex(4).upper()
    request = context.get("request")
    log.warning("error page %s for %s", number, getattr(request, "path", "-"))
    return number
