"""Reading a plan: lists, one item with everything on it, findings with their computed side, coverage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.planning import models
from greenpark.domains.planning.contracts import STATES, Finding, NotFound
from greenpark.domains.planning.rules import (
    Units,
    compute,
    coverage,
    judgement_input,
    quotes_of,
    targets_of,
    units_of,
    years_of,
)
from greenpark.domains.planning.rules.checks import is_final
from greenpark.domains.planning.rules.pack import provider_state
from greenpark.domains.planning.rules.reading import document_of
from greenpark.engines.judgement import Judgement, Level, NotATarget, Observation, judge


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Filters of a list, as they stand in the URL."""

    pack: str = ""
    q: str = ""
    document: str = ""
    state: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item for lists and pages; ``row`` is the pack's row."""

    id: int
    kind: str
    code: str
    name: str
    pack: str
    pack_title: str
    row: dict[str, Any]
    decided: dict[str, Any]
    organisation_id: int | None
    organisation: str
    gone: bool
    quotes: tuple[str, ...] = ()
    judgement: Judgement | None = None
    latest: models.Value | None = None
    report: models.Progress | None = None
    units: Units = field(default_factory=Units)
    marks: tuple[str, ...] = ()

    @property
    def document(self) -> str:
        return document_of(str(self.row.get("document", "")))

    @property
    def cells(self) -> list[tuple[int, str]]:
        """Printed target of each year of the plan."""
        return [(year, str(self.row[f"y{year}"])) for year in years_of(self.row)]

    @property
    def provider_state(self) -> str:
        return provider_state(str(self.row.get("data_provider", "")))


def _readable(actor: Actor) -> None:
    """Who may export may read what is exported."""
    if not actor.may("planning.export"):
        actor.need("planning.view")


def packs() -> list[models.Pack]:
    """Packs that are loaded, in the order of loading."""
    return list(models.Pack.objects.order_by("pk").defer("texts"))


def _queryset(kind: str, chosen: PlanFilter) -> Any:
    rows = models.Item.objects.select_related("pack").defer("pack__texts").filter(kind=kind)
    return rows.filter(pack__code=chosen.pack) if chosen.pack else rows


def _views(items: Iterable[models.Item]) -> list[ItemView]:
    names = {o.id: o.name for o in accounts.organisations()}
    return [_view(item, names) for item in items]


def _view(item: models.Item, names: dict[int, str], **more: Any) -> ItemView:
    return ItemView(
        id=item.pk,
        kind=item.kind,
        code=item.code,
        name=item.name,
        pack=item.pack.code,
        pack_title=item.pack.title,
        row=item.row,
        decided=item.decided,
        organisation_id=item.organisation_id,
        organisation=names.get(item.organisation_id or 0, ""),
        gone=item.gone,
        quotes=tuple(str(item.row.get("quote", "")).split(" ‖ ")) if item.row.get("quote") else (),
        units=units_of(str(item.row.get("responsible_units", ""))),
        **more,
    )


def _with(view: ItemView, **more: Any) -> ItemView:
    return ItemView(**{name: getattr(view, name) for name in ItemView.__slots__} | more)


def _matches(view: ItemView, chosen: PlanFilter) -> bool:
    text = f"{view.code} {view.name} {view.row.get('quote', '')} {view.row.get('note', '')}"
    unit = f"{view.organisation} {view.row.get('data_provider', '')} {view.row.get('responsible_units', '')}"
    unit += f" {view.row.get('responsible_unit', '')}"
    return (
        (not chosen.q or chosen.q.lower() in text.lower())
        and (not chosen.document or view.row.get("document") == chosen.document)
        and (not chosen.unit or chosen.unit in unit)
    )


def documents(kind: str) -> list[str]:
    """Document codes in use by a kind of item, in the order of the pack."""
    found = (str(row.get("document", "")) for row in _queryset(kind, PlanFilter()).values_list("row", flat=True))
    return list(dict.fromkeys(name for name in found if name))


def observations(values: Iterable[models.Value]) -> list[Observation]:
    """The newest revision of each period that was not returned; verified before provisional by its revision."""
    newest: dict[str, models.Value] = {}
    for value in values:
        if value.state != "returned" and (value.period not in newest or newest[value.period].revision < value.revision):
            newest[value.period] = value
    return [
        Observation(v.day, v.value, v.accepted if v.state == "verified" else None, provisional=v.state != "verified")
        for v in newest.values()
    ]


def _judged(view: ItemView, values: list[models.Value], at: date) -> Judgement:
    try:
        return judge(judgement_input(view.row, observations(values), at))
    except NotATarget as fault:
        return Judgement(Level.NONE, "no-number", [f"目标自相矛盾，不判断：{fault}"])


def indicators(actor: Actor, chosen: PlanFilter, *, at: date) -> tuple[list[ItemView], dict[str, int]]:
    """Indicators with their judgement, and how many there are of each level and state before the tab is applied."""
    _readable(actor)
    values: dict[int, list[models.Value]] = defaultdict(list)
    for value in models.Value.objects.order_by("day", "revision"):
        values[value.item_id].append(value)
    views = []
    for view in _views(_queryset("indicator", chosen).order_by("pack_id", "order")):
        if _matches(view, chosen):
            own = values.get(view.id, [])
            judged = _judged(view, own, at)
            views.append(_with(view, judgement=judged, latest=own[-1] if own else None))
    counts: dict[str, int] = defaultdict(int)
    for view in views:
        counts[""] += 1
        assert view.judgement is not None
        counts[view.judgement.level.value] += 1
        counts["review"] += bool(view.latest and view.latest.state == "reported")
    if chosen.state == "review":
        views = [v for v in views if v.latest and v.latest.state == "reported"]
    elif chosen.state:
        views = [v for v in views if v.judgement and v.judgement.level.value == chosen.state]
    return views, counts


def item(actor: Actor, item_id: int, kind: str) -> tuple[ItemView, models.Item]:
    """One item. Raises NotFound."""
    _readable(actor)
    row = models.Item.objects.select_related("pack").filter(pk=item_id, kind=kind).first()
    if row is None:
        raise NotFound(f"没有编号为 {item_id} 的条目")
    return _view(row, {o.id: o.name for o in accounts.organisations()}), row


def indicator(actor: Actor, item_id: int, *, at: date) -> dict[str, Any]:
    """Everything on an indicator's page."""
    view, row = item(actor, item_id, "indicator")
    values = list(row.values.order_by("-day", "-revision"))
    group = view.row.get("group") or ""
    same = models.Item.objects.select_related("pack").filter(pack=row.pack, kind="indicator").exclude(pk=row.pk)
    beside = [other for other in _views(same) if group and other.row.get("group") == group]
    return {
        "item": _with(view, judgement=_judged(view, values, at)),
        "values": [(v, *STATES[v.state]) for v in values],
        "targets": [(t, view.row.get(f"y{t.year}") or view.row.get("other_years", "")) for t in targets_of(view.row)],
        "beside": beside,
        "versions": list(row.versions.order_by("-replaced_at")),
        "findings": _findings_naming(row, view),
    }


def _findings_naming(row: models.Item, view: ItemView) -> list[ItemView]:
    found = _views(models.Item.objects.select_related("pack").filter(pack=row.pack, kind="finding", gone=False))
    return [f for f in found if any(view.code in part for part in f.row.get("inputs", []))]


def workable(actor: Actor, kind: str, chosen: PlanFilter) -> tuple[list[ItemView], dict[str, int]]:
    """Tasks or projects with their newest report and marks, and the counts of the tabs."""
    _readable(actor)
    newest = {r.item_id: r for r in models.Progress.objects.order_by("month", "revision")}
    base = [v for v in _views(_queryset(kind, chosen).order_by("pack_id", "order")) if _matches(v, chosen)]
    marks = _project_marks(_views(_queryset("project", PlanFilter()))) if kind == "project" else {}
    views = [_with(v, report=newest.get(v.id), marks=tuple(marks.get(v.id, ()))) for v in base]
    tests = {
        "reported": lambda v: v.report is not None and v.report.state == "reported",
        "returned": lambda v: v.report is not None and v.report.state == "returned",
        "silent": lambda v: v.report is None,
        "unassigned": lambda v: v.organisation_id is None,
        "carried": lambda v: any("结转" in m for m in v.marks),
        "same": lambda v: any("同名" in m for m in v.marks),
    }
    counts = {"": len(views), **{name: sum(map(test, views)) for name, test in tests.items()}}
    lists = sorted({str(v.row.get("list")) for v in views}) if kind == "project" else []
    counts |= {f"list:{name}": sum(v.row.get("list") == name for v in views) for name in lists}
    if chosen.state.startswith("list:"):
        views = [v for v in views if f"list:{v.row.get('list')}" == chosen.state]
    elif chosen.state in tests:
        views = [v for v in views if tests[chosen.state](v)]
    return views, counts


def _project_marks(views: list[ItemView]) -> dict[int, list[str]]:
    """同名 across the yearly lists, and 结转: an unfinished goal that the next list does not carry."""
    marks: dict[int, list[str]] = defaultdict(list)
    by_pack: dict[str, dict[str, dict[str, ItemView]]] = defaultdict(lambda: defaultdict(dict))
    for view in views:
        if str(view.row.get("list", "")).isdigit():
            by_pack[view.pack][str(view.row["list"])][view.name] = view
    for lists in by_pack.values():
        years = sorted(lists)
        for year, following in zip(years, [*years[1:], ""], strict=True):
            for name, view in lists[year].items():
                twins = [y for y in years if y != year and name in lists[y]]
                if twins:
                    marks[view.id].append(f"同名：另见 {'、'.join(twins)} 年清单")
                elif following and not is_final(str(view.row["annual_goal"])):
                    marks[view.id].append(f"结转：{year} 年目标非完工，未列入 {following} 年清单")
    return marks


def work(actor: Actor, item_id: int, kind: str) -> dict[str, Any]:
    """Everything on a task's or project's page."""
    view, row = item(actor, item_id, kind)
    marks = {}
    if kind == "project":
        marks = _project_marks(_views(models.Item.objects.select_related("pack").filter(pack=row.pack, kind=kind)))
    reports = list(row.reports.order_by("-month", "-revision"))
    return {
        "item": _with(view, marks=tuple(marks.get(view.id, ()))),
        "reports": [(r, *STATES[r.state]) for r in reports],
        "versions": list(row.versions.order_by("-replaced_at")),
    }


def annexes(actor: Actor, pack: str = "") -> dict[str, list[ItemView]]:
    """Rows of each annex by its name, in order."""
    _readable(actor)
    found: dict[str, list[ItemView]] = defaultdict(list)
    rows = _queryset("annex", PlanFilter(pack=pack)).filter(gone=False).order_by("pack_id", "order")
    for view in _views(rows):
        found[f"{view.pack}/{view.row['annex']}"].append(view)
    return dict(found)


def parameters(actor: Actor, pack: str = "") -> list[ItemView]:
    """Parameters, stated and empty, with what people decided."""
    _readable(actor)
    return _views(_queryset("parameter", PlanFilter(pack=pack)).order_by("pack_id", "order"))


def _tables(pack: models.Pack) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for kind, row in pack.items.filter(gone=False).order_by("order").values_list("kind", "row"):
        tables[f"{kind}s" if kind != "annex" else "annexes"].append(row)
    tables["coverage"] = [{**row, "system": row["id"]} for row in tables["systems"]]
    return tables


def findings(actor: Actor, pack: str = "") -> list[tuple[ItemView, Finding | None, list[tuple[str, str, str]]]]:
    """Findings with their computed side, from the rows as loaded now, and their quotes side by side."""
    _readable(actor)
    chosen = models.Pack.objects.filter(code=pack) if pack else models.Pack.objects.all()
    found = []
    for row in chosen.order_by("pk"):
        tables = _tables(row)
        for view in _views(row.items.select_related("pack").filter(kind="finding", gone=False).order_by("order")):
            found.append((view, compute(tables, view.row, row.texts), quotes_of(str(view.row["quotes"]))))
    return found


def coverage_of(actor: Actor, pack: models.Pack) -> tuple[dict[str, Any], list[ItemView]]:
    """The computed percentages of a pack, and its systems with what answers them."""
    _readable(actor)
    rows = pack.items.select_related("pack").filter(kind="system", gone=False).order_by("order")
    return coverage(_tables(pack)), _views(rows)


def awaiting_review() -> int:
    """Values and reports that wait for a second person."""
    return sum(waiting_counts().values())


def waiting_counts() -> dict[str, int]:
    """The same by page."""
    reports = models.Progress.objects.filter(state="reported")
    return {
        "planning:indicators": models.Value.objects.filter(state="reported").count(),
        "planning:tasks": reports.filter(item__kind="task").count(),
        "planning:projects": reports.filter(item__kind="project").count(),
    }
