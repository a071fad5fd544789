"""What several of these screens need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.carbon.contracts import Live, Ranked
from greenpark.domains.overview import facade
from greenpark.domains.overview.contracts import Collection, Power, Todo


def scoped(request: HttpRequest) -> Actor:
    """The actor, cut to the park chosen in the top bar."""
    actor: Actor = request.actor
    return facade.narrowed(actor, str(request.session.get("scope", "")))


def address(name: str, *args: object) -> str:
    """Path of a URL name, or "" when that domain is not installed."""
    try:
        return str(reverse(name, args=args))
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True)
class Now:
    """The live figures of a scope."""

    at: datetime
    live: Live
    power: Power
    collection: Collection
    stale: bool
    """The newest reading is older than fifteen minutes: the figures go grey."""
    demo: bool
    """Some of the enterprises in scope are of the demonstration."""

    @property
    def figures_at(self) -> datetime:
        """As-of time of the estimates: the newest reading, else now (amounts by reports alone)."""
        return self.live.newest_reading_at or self.live.at


_STALE_S = 900


def now_of(actor: Actor, at: datetime, *, enterprise_id: int | None = None) -> Now:
    """Everything the live part shows."""
    live = carbon.live(actor, at, enterprise_id=enterprise_id)
    collection = facade.collection(actor, at)
    newest = live.newest_reading_at or collection.newest_at
    stale = newest is None or (at - newest).total_seconds() > _STALE_S
    power = facade.power(actor, at, enterprise_id=enterprise_id)
    demo = any(row.demo for row in facade.enterprises(actor))
    return Now(at, live, power, collection, stale, demo)


def with_change(rows: Sequence[Ranked]) -> list[dict[str, Any]]:
    """Ranking lines with the relative change of tCO2e against the month before; None when that is not known."""
    return [
        {"row": row, "change": row.figures.tco2e / row.previous_tco2e - 1 if row.previous_tco2e else None}
        for row in rows
    ]


def with_links(todos: list[Todo]) -> list[dict[str, Any]]:
    """To-dos with the addresses where they are done."""
    found = []
    for todo in todos:
        href = address(todo.url_name, *todo.args)
        found.append({"todo": todo, "href": f"{href}{todo.query}" if href else ""})
    return found


def known_words() -> tuple[str, ...]:
    """Words that reach the screens from rules and other domains, listed here for the catalogue of texts."""
    return (
        _("凌晨好"), _("上午好"), _("下午好"), _("晚上好"),
        _("电力"), _("煤"), _("焦炭"), _("天然气"), _("焦炉煤气"), _("高炉煤气"), _("转炉煤气"), _("油品"), _("蒸汽"),
        _("热力"), _("压缩空气"), _("氢气"), _("水"), _("废水"), _("烟气"), _("环境空气"), _("物料"), _("其他"),
        _("累计（示数）"), _("时段量"), _("瞬时量"), _("浓度"), _("状态"),
        _("化石燃料燃烧"), _("工业过程"), _("废水处理"), _("二氧化碳回收"), _("原料用能"), _("外供能源"),
        _("外购热力"), _("正常"), _("已确认"), _("无效"), _("有备注"), _("尚无读数"),
    )  # fmt: skip
