"""The form of an accounting source: choose a method, then bind its inputs row by row; JSON for integrators.

Works without scripts: buttons named ``step`` send what is typed and get the form back with a row more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import CATEGORY_NAMES, CarbonError, SourceRefused
from greenpark.domains.carbon.ui import common
from greenpark.domains.carbon.ui.drill import amount_unit
from greenpark.domains.carbon.ui.sources import enterprises_of
from greenpark.domains.registry import facade as registry

Values = dict[str, list[str]]

#: Fields of the source itself.
_PLAIN = ("enterprise", "code", "name", "process", "category", "medium", "method", "valid_from", "valid_to", "reason")
_JSON: dict[str, Any] = {"options": {}, "bindings": [], "energy": [], "market": {}}
_QUANTITY = ("kind", "item", "value", "source", "unit", "scale", "name", "optional")
_SETS = ("A", "B", "C", "D", "I", "P", "GB32151.34")


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.configure")
def edit(request: HttpRequest, enterprise: int | None = None, code: str = "") -> HttpResponse:
    """Show, extend or save the form; what was typed stays when it is refused."""
    typed, values = _stored(request, enterprise, code)
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = {k: [str(v) for v in vs] for k, vs in request.POST.lists() if k != "csrfmiddlewaretoken"}
        typed |= {k: v[-1] for k, v in values.items() if k in {*_PLAIN, *_JSON, "advanced"}}
        step = request.POST.get("step", "")
        if not step:
            try:
                return _saved(request, typed, values, enterprise, code)
            except SourceRefused as refused:
                errors = refused.errors or {"": str(refused)}
            except CarbonError as refused:
                errors = {"": str(refused)}
        elif step.startswith("add:"):
            _more(values, step.removeprefix("add:"), typed["method"])
    context = _context(request, typed, values, errors, enterprise)
    return render(request, "carbon/source_form.html", context, status=422 if errors else 200)


def _stored(request: HttpRequest, enterprise: int | None, code: str) -> tuple[dict[str, Any], Values]:
    """What the form begins with: nothing much for a new source, the newest version for an old one."""
    month = str(common.last_month(common.now()))
    empty = {name: json.dumps(value) for name, value in _JSON.items()}
    if enterprise is None:
        asked = {name: request.GET.get(name, "") for name in ("enterprise", "method")}
        method = facade.method(asked["method"])
        return {**empty, **asked, "valid_from": month, "category": method.category if method else ""}, {}
    registry.enterprise(request.actor, enterprise)
    now = facade.source_versions(enterprise, code)[0]
    config = {"options": now.options, "bindings": now.bindings, "energy": now.energy, "market": now.market}
    typed = {
        **{name: getattr(now, name) for name in ("code", "name", "process", "category", "medium", "method")},
        **{name: json.dumps(value, ensure_ascii=False, indent=2) for name, value in config.items()},
        "enterprise": str(enterprise),
        "valid_from": f"{now.valid_from:%Y-%m}",
        "valid_to": f"{now.valid_to:%Y-%m}" if now.valid_to else "",
        "reason": "",
    }
    return typed, facade.guided.write(now.method, config) if facade.method(now.method) else {}


def _more(values: Values, name: str, method: str) -> None:
    """One element more in a list of the form."""
    asked = values.get(f"count:{name}", [""])[-1]
    now = int(asked) if asked.isdigit() else 0
    if name in facade.shape_of(method, {}).lists:
        now = len({g.path for g in facade.shape_of(method, {name: now}).groups if g.list_name == name})
    values[f"count:{name}"] = [str(now + 1)]


def _saved(
    request: HttpRequest, typed: dict[str, Any], values: Values, enterprise: int | None, code: str
) -> HttpResponse:
    asked = str(typed.get("enterprise") or "")
    owner = enterprise if enterprise is not None else int(asked) if asked.isdigit() else 0
    code = code or str(typed.get("code", "")).strip()
    method = str(typed.get("method", ""))
    if typed.get("advanced"):
        config = {name: _json(typed, name, empty) for name, empty in _JSON.items()}
    elif facade.method(method) is None:
        raise SourceRefused(_("请选择核算方法"), {"method": _("请选择核算方法")})
    else:
        units = {p.id: amount_unit(p.spec.kind, p.spec.unit) for p in _points(request, owner)}
        config = facade.guided.read(method, values, units, _json(typed, "market", {}))
    version = facade.save_source(
        enterprise_id=owner,
        code=code,
        **{name: str(typed.get(name, "")) for name in ("name", "process", "category", "medium", "reason")},
        method=method,
        **config,
        valid_from=common.typed_month(typed, "valid_from"),
        valid_to=common.typed_month(typed, "valid_to") if typed.get("valid_to") else None,
        by=request.actor,
        at=common.now(),
    )
    messages.success(request, _("核算源已保存为第 %(n)d 版") % {"n": version})
    return HttpResponseRedirect(reverse("carbon:source", args=[owner, code]))


def _json(typed: Mapping[str, Any], name: str, empty: Any) -> Any:
    text = str(typed.get(name) or "").strip()
    if not text:
        return empty
    try:
        value = json.loads(text)
    except json.JSONDecodeError as fault:
        why = f"第 {fault.lineno} 行第 {fault.colno} 列不是合格的 JSON"
        raise SourceRefused(f"{name}：{why}", {name: why}) from fault
    if type(value) is not type(empty):
        why = "应为列表 […]" if isinstance(empty, list) else "应为对象 {…}"
        raise SourceRefused(f"{name}：{why}", {name: why})
    return value


def _points(request: HttpRequest, enterprise: int) -> list[Any]:
    if not enterprise:
        return []
    return registry.points(request.actor, registry.PointFilter(enterprise_id=enterprise, state="active"), limit=500)[0]


def _context(
    request: HttpRequest, typed: Mapping[str, Any], values: Values, errors: Mapping[str, str], enterprise: int | None
) -> dict[str, Any]:
    known = enterprises_of(request)
    asked = str(typed.get("enterprise") or "")
    owner = known.get(int(asked)) if asked.isdigit() else None
    method = facade.method(str(typed.get("method", "")))
    points = _points(request, owner.id) if owner else []
    context: dict[str, Any] = {
        "typed": typed,
        "errors": errors,
        "new": enterprise is None,
        "owner": owner,
        "method": method,
        "enterprises": known.values(),
        "categories": CATEGORY_NAMES.items(),
        "methods": facade.methods(),
        "points": [{"id": p.id, "name": p.name, "code": p.code, "unit": amount_unit(p.spec.kind, p.spec.unit)}
                   for p in points],
        "items": facade.ITEMS,
    }  # fmt: skip
    return {**context, **_rows(method.id, values, errors)} if owner and method else context


def _rows(method: str, values: Values, errors: Mapping[str, str]) -> dict[str, Any]:
    """Everything that depends on the method: its inputs, amounts besides, energy, market, suggestions."""
    shape = facade.shape_of(method, facade.guided.counts_of(method, values))
    groups = [
        {
            "label": _words(g.label),
            "path": g.path,
            "list": g.list_name,
            "dropped": bool(_one(values, f"drop:{g.path}")),
            "rows": [_row(row, values, errors) for row in g.fields],
        }
        for g in shape.groups
    ]
    extra = [
        {"key": f"extra/{i}", "label": _("附加输入 %d") % (i + 1), **_quantity(f"extra/{i}", values, errors)}
        for i in range(_count(values, "extra"))
    ]
    bound = [(r["key"], f"{g['label']} {r['label']}".strip()) for g in groups for r in g["rows"] if r["q"]["kind"]]
    bound += [(e["key"], e["q"]["name"] or e["label"]) for e in extra]
    shown = {"counts": [(n, _(label)) for n, (label, _may) in shape.lists.items()], "groups": groups, "extra": extra}
    subjects = sorted({f.subject for f in facade.factor_list() if f.kind in ("ncv", "carbon-content", "carbonate")})
    carriers = sorted({f.subject for f in facade.factor_list(kind="standard-coal")} | {"electricity", "heat"})
    return {
        **shown,
        "kept": {name: max(_count(values, name), sum(g["list"] == name for g in groups)) for name in shape.lists}
        | {name: _count(values, name) for name in ("extra", "energy", "instruments")},
        "bound": bound,
        "energy": [_energy(i, values, errors) for i in range(max(_count(values, "energy"), 1))],
        "market": _market(values, errors),
        "subjects": [(s, facade.medium_name(s)) for s in subjects],
        "carriers": [(c, facade.medium_name(c)) for c in carriers],
        "sets": _SETS,
        "words": facade.CHOICES,
    }


def _one(values: Values, key: str) -> str:
    return (values.get(key) or [""])[-1]


def _count(values: Values, name: str) -> int:
    text = _one(values, f"count:{name}")
    return min(int(text), 50) if text.isdigit() else 0


def _words(label: str) -> str:
    """A label of the form in the page's language: parts joined by «：», and the number of a list's element."""
    name, _space, number = label.rpartition(" ")
    if number.isdigit():
        return f"{_(name)} {number}"
    return "：".join(_(part) for part in label.split("：")) if label else ""


def _row(field: Any, values: Values, errors: Mapping[str, str]) -> dict[str, Any]:
    name = field.path.rsplit("/", 1)[-1]
    return {
        "key": field.path,
        "label": _words(field.label),
        "kind": field.kind,
        "required": field.required,
        "choices": [(v, _(word)) for v, word in field.choices],
        "value": _one(values, field.path),
        "suggest": "subjects" if name in ("fuel", "material", "carbonate") else "sets" if name == "set" else "",
        **_quantity(field.path, values, errors),
    }


def _quantity(key: str, values: Values, errors: Mapping[str, str]) -> dict[str, Any]:
    q: dict[str, Any] = {name: _one(values, f"{key}:{name}") for name in _QUANTITY}
    for name in ("plus", "minus"):
        q[name] = {int(v) for v in values.get(f"{key}:{name}", ()) if v.isdigit()}
    return {"q": q, "error": errors.get(key, "")}


def _energy(i: int, values: Values, errors: Mapping[str, str]) -> dict[str, Any]:
    key = f"energy/{i}"
    row: dict[str, Any] = {n: _one(values, f"{key}/{n}") for n in ("carrier", "input", "direction", "purpose")}
    row |= {"key": key, "non_fossil": bool(_one(values, f"{key}/non_fossil"))}
    row["own"] = [_own(f"{key}/{name}", label, values) for name, label in _ENERGY_OWN]
    row["errors"] = [text for k, text in errors.items() if k.startswith(f"{key}/")]
    return row


_ENERGY_OWN: Sequence[tuple[str, str]] = (("lhv", "实测低位发热量"), ("coefficient", "自定折标准煤系数"))


def _own(key: str, label: str, values: Values) -> dict[str, str]:
    return {"key": key, "label": _(label), **{n: _one(values, f"{key}:{n}") for n in ("value", "unit", "ref")}}


def _market(values: Values, errors: Mapping[str, str]) -> dict[str, Any]:
    claims = []
    for i in range(_count(values, "instruments")):
        key = f"market/instruments/{i}"
        claims.append({"key": key, **{n: _one(values, f"{key}/{n}") for n in ("kind", "input", "label", "evidence")}})
    return {
        **{name: _one(values, f"market/{name}") for name in ("method", "consumed", "certificates")},
        "methods": [m for m in facade.methods() if m.id.startswith("electricity-market.")],
        "claims": claims,
        "errors": [text for k, text in errors.items() if k.startswith("market/")],
    }
