"""A page with every piece of the shell, for tests and for people who build screens.

It is no address of the product, and its figures are made up.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from greenpark.domains.accounts import facade as accounts
from greenpark.project import urls

TEMPLATES = Path(__file__).resolve().parent / "templates"
_START = 1_763_740_800_000


class SampleForm(forms.Form):
    amount = forms.DecimalField(label="外购电量", help_text="按供电局发票填写", min_value=0)
    month = forms.ChoiceField(label="月份", choices=[("2026-10", "2026-10"), ("2026-09", "2026-09")])
    note = forms.CharField(label="说明", widget=forms.Textarea, required=False)


def specs() -> dict[str, dict[str, Any]]:
    """One chart of each kind, and the awkward ones."""
    hours = [_START + h * 3_600_000 for h in range(24)]
    sun = [max(0.0, 186 * math.sin((h - 6) / 13 * math.pi)) if 6 <= h <= 19 else 0.0 for h in range(24)]
    load = [402 + 26 * math.sin((h - 9) / 12 * math.pi) for h in range(24)]
    minutes = [_START + m * 60_000 for m in range(43_200)]
    return {
        "area": {
            "kind": "area", "unit": "MW", "time": hours,
            "series": [
                {"name": "光伏", "data": sun, "colour": "solar"},
                {"name": "外购电", "data": [a - b for a, b in zip(load, sun, strict=True)], "colour": "grid"},
            ],
        },
        "line": {
            "kind": "line", "unit": "mg/m³", "time": hours, "limits": [{"name": "限值", "value": 35}],
            "series": [{"name": "SO₂", "data": [None if h == 7 else 18 + h % 9 for h in range(24)], "colour": "7"}],
        },
        "bar": {
            "kind": "bar", "unit": "tce", "x": [f"{m} 月" for m in range(1, 13)],
            "series": [{"name": "综合能耗", "data": [28_412.6 + 900 * m for m in range(12)]}],
        },
        "stacked": {
            "kind": "stacked", "unit": "tCO₂e", "x": [f"{m} 月" for m in range(1, 7)],
            "series": [
                {"name": "煤", "data": [1.0 * m for m in range(6)], "colour": "coal"},
                {"name": "外购电", "data": [2.0] * 6, "colour": "grid"},
            ],
        },
        "ranking": {
            "kind": "ranking", "unit": "tCO₂e", "x": ["示范企业甲（一个很长很长很长很长很长很长的名字）", "乙", "丙"],
            "series": [{"name": "排放", "data": [268.4, 0.0, -3.2]}],
        },
        "heatmap": {
            "kind": "heatmap", "unit": "kW", "x": [f"{h} 时" for h in range(24)], "y": ["周一", "周二"],
            "values": [[h, d, load[h] - 30 * d] for h in range(24) for d in range(2)],
        },
        "sankey": {
            "kind": "sankey", "unit": "MWh", "nodes": ["外购电", "光伏", "轧机", "照明"],
            "colours": {"外购电": "grid", "光伏": "solar"},
            "links": [
                {"source": "外购电", "target": "轧机", "value": 30}, {"source": "光伏", "target": "照明", "value": 4},
            ],
        },
        "raw": {
            "kind": "line", "unit": "kW", "time": minutes, "zoom": True,
            "series": [{"name": "一个月的分钟值", "data": [math.sin(m / 300) * 100 for m in range(43_200)]}],
        },
        "none": {"kind": "line", "unit": "kW", "x": ["a"], "series": [{"name": "无", "data": [None]}]},
    }  # fmt: skip


@accounts.require()
def gallery(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        form = SampleForm(request.POST)
        if form.is_valid():
            messages.success(request, "已保存")
    else:
        form = SampleForm()
    page = Paginator([f"示范企业 {n}" for n in range(42)], 5).get_page(request.GET.get("page"))
    tabs = [{"label": "全部", "count": 42, "href": "?", "on": True}, {"label": "待核验", "count": 5, "href": "?s=1"}]
    context = {"form": form, "page": page, "tabs": tabs, "specs": specs(), "now": datetime.now(UTC)}
    return render(request, "gallery/page.html", context, status=422 if form.errors else 200)


@accounts.require()
def live(request: HttpRequest) -> HttpResponse:
    count = request.session["ticks"] = request.session.get("ticks", 0) + 1
    return render(request, "gallery/live.html", {"count": count, "spec": specs()["line"]})


@accounts.require()
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("provoked by a test")


urlpatterns = [
    path("gallery/", gallery, name="gallery"),
    path("gallery/live/", live, name="gallery-live"),
    path("gallery/broken/", broken, name="gallery-broken"),
    *urls.urlpatterns,
]
handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500
