"""What the page frame shows, as ``shell`` in every template. Nothing is computed before a template asks for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from greenpark.domains.accounts.contracts import Actor, MenuItem
from greenpark.project.installed import modules

log = logging.getLogger("greenpark.shell")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the left menu."""

    title: str
    href: str
    icon: str
    group: str
    badge: int = 0
    on: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the left menu with its lines; the first group has no heading."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """A line of the scope switcher; id "" is everything the person may see."""

    id: str
    name: str
    on: bool


#: Words the browser code needs, so that scripts hold no text of their own.
def words() -> dict[str, str]:
    return {
        "download": _("下载数据"),
        "no_data": _("这一时段没有数据"),
        "draw_failed": _("图表未能绘制，数据见下表"),
        "refresh_failed": _("数据刷新失败，将自动重试"),
        "unsaved": _("有未保存的修改，确定离开吗？"),
        "time": _("时间"),
        "item": _("项目"),
        "value": _("数值"),
        "from": _("从"),
        "to": _("到"),
        "missing": "—",
        "request_failed": _("请求未完成，请重试；多次失败请联系管理员"),
    }


def menu_words() -> tuple[str, ...]:
    """Words of the domains' menus, named here for the catalogue of texts; a test says when one is missing."""
    return (
        _("能碳环监测"),
        _("监测数据"),
        _("能碳管理"),
        _("碳核算台账"),
        _("企业月报"),
        _("月结"),
        _("更正分录"),
        _("核算源"),
        _("排放因子库"),
        _("数据接入"),
        _("企业名录"),
        _("监测点"),
        _("别名确认"),
        _("园区与地点"),
        _("拒收报文"),
        _("未知测点"),
        _("数据导入"),
        _("网关状态"),
        _("系统"),
        _("用户"),
        _("角色与数据范围"),
        _("组织"),
        _("API 令牌"),
        _("审计日志"),
        _("现场机"),
        _("配售型住房"),
        _("项目与计划"),
        _("购房申请"),
        _("联审核查"),
        _("轮候库"),
        _("公示与异议"),
        _("摇号与选房"),
        _("房源与一房一档"),
        _("文书"),
        _("参数"),
        _("口径"),
        _("规划落实"),
        _("指标"),
        _("附表"),
        _("任务"),
        _("口径与一致性"),
        _("条款覆盖"),
    )


def try_reverse(name: str) -> str:
    """The address of a URL name, or "" when no domain offers it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _items() -> list[MenuItem]:
    return [item for module in modules("ui.menu").values() for item in module.MENU]


def _badges(actor: Actor) -> dict[str, int]:
    """Counts of things to do per URL name; a domain offers ``badges(actor)`` in ui/menu.py."""
    counts: dict[str, int] = {}
    for name, module in modules("ui.menu").items():
        count: Callable[[Actor], dict[str, int]] | None = getattr(module, "badges", None)
        if count is None:
            continue
        try:
            counts.update(count(actor))
        except DatabaseError:
            log.exception("badges of %s", name)
    return counts


def _active(entries: list[Entry], path: str) -> int | None:
    """Index of the entry whose address is the longest beginning of the path."""
    fitting = [(len(e.href), i) for i, e in enumerate(entries) if e.href != "/" and path.startswith(e.href)]
    return max(fitting)[1] if fitting else None


class Shell:
    """Lazy values of the page frame."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def actor(self) -> Actor | None:
        """Set by ``accounts.require``; pages without it have no menu."""
        return getattr(self._request, "actor", None)

    @property
    def initial(self) -> str:
        return self.actor.name[:1] if self.actor else ""

    @property
    def person_note(self) -> str:
        return str(getattr(self._request, "actor_note", ""))

    @cached_property
    def _entries(self) -> list[Entry]:
        actor = self.actor
        if actor is None:
            return []
        badges = _badges(actor)
        entries = [
            Entry(_(item.title), href, item.icon, _(item.group) if item.group else "", badges.get(item.url_name, 0))
            for item in sorted(_items(), key=lambda item: item.order)
            if (not item.permission or actor.may(item.permission)) and (href := try_reverse(item.url_name))
        ]
        index = _active(entries, self._request.path)
        if index is not None:
            entries[index] = replace(entries[index], on=True)
        return entries

    @property
    def menu(self) -> list[Group]:
        """Groups in the order of their first entry."""
        groups: dict[str, list[Entry]] = {}
        for entry in self._entries:
            groups.setdefault(entry.group, []).append(entry)
        return [Group(title, tuple(lines)) for title, lines in groups.items()]

    @property
    def active(self) -> Entry | None:
        return next((entry for entry in self._entries if entry.on), None)

    @property
    def todo_count(self) -> int:
        """The workbench counts what every domain has to do."""
        workbench = try_reverse("overview:workbench")
        return next((entry.badge for entry in self._entries if entry.href == workbench), 0)

    @property
    def todo_url(self) -> str:
        url = try_reverse("overview:workbench") if self.actor else ""
        return f"{url}#todo" if url else ""

    @property
    def search_url(self) -> str:
        return try_reverse("overview:search") if self.actor and self.actor.may("registry.view") else ""

    @property
    def query(self) -> str:
        return self._request.GET.get("q", "")[:60] if self._request.path == self.search_url else ""

    @cached_property
    def scopes(self) -> list[Scope]:
        """Parks to choose from; empty when there is nothing to choose."""
        actor = self.actor
        overview = modules("facade").get("overview")
        if actor is None or overview is None or not actor.may("registry.view"):
            return []
        chosen = str(self._request.session.get("scope", ""))
        parks: list[tuple[str, str]] = overview.scopes(actor)
        if len(parks) < 2:
            return []
        return [Scope(id, name, id == chosen) for id, name in [("", _("全部园区")), *parks]]

    @property
    def scope_name(self) -> str:
        return next((scope.name for scope in self.scopes if scope.on), _("全部园区"))

    @property
    def sign_out_url(self) -> str:
        return try_reverse("accounts:sign-out")

    @property
    def sign_in_url(self) -> str:
        return try_reverse("accounts:sign-in")

    @property
    def person_links(self) -> list[dict[str, str]]:
        found = ((_("修改密码"), "key", try_reverse("accounts:password")),)
        return [{"title": title, "icon": icon, "href": href} for title, icon, href in found if href]

    @property
    def words(self) -> dict[str, str]:
        return words()


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"shell": Shell(request)}
