"""The guided form of a source: flat values of a form to and from options, bindings, energy and market.

Keys of the values (each a list of texts, as a browser sends them):

    fuels/0/fuel                 text, choice, flag or number at that path of the method's inputs
    fuels/0/amount:kind          a quantity: "", points, report or constant; further :plus :minus :item :value :source
                                 :unit :scale :name :optional
    count:fuels, drop:fuels/0    number of elements of a list; an element to leave out
    count:extra, extra/0:…       amounts that the method itself does not take (for energy or the market-based figure)
    energy/0/carrier …           see ENERGY; ``input`` names the key of a quantity above
    market/method, market/consumed, market/instruments/0/kind …
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from greenpark.domains.carbon.contracts import SourceRefused
from greenpark.domains.carbon.rules import bindings as b
from greenpark.domains.carbon.rules import items
from greenpark.domains.carbon.rules.shapes import Field, shape_of

Values: TypeAlias = Mapping[str, Sequence[str]]
Config: TypeAlias = dict[str, Any]

#: Quantities with their own reference that an energy row may have.
_ENERGY_QUANTITIES = ("lhv", "coefficient")


def _one(values: Values, key: str) -> str:
    found = values.get(key) or ("",)
    return found[-1].strip()


def _count(values: Values, name: str) -> int:
    text = _one(values, f"count:{name}")
    return min(int(text), 50) if text.isdigit() else 0


@dataclass(slots=True)
class _Reader:
    """Collects what the form says, and every error beside its field."""

    values: Values
    units: Mapping[int, str]
    """Point -> unit of its amount, for rows that name no unit."""
    errors: dict[str, str] = field(default_factory=dict)
    bindings: list[Config] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Key of a quantity in the form -> name of its binding."""

    def quantity(self, key: str, path: str, label: str, *, required: bool) -> bool:
        """Bind one amount; whether there is one."""
        kind = _one(self.values, f"{key}:kind")
        if not kind:
            if required:
                self.errors[key] = f"「{label}」是必填的输入，请选择取自监测点、月报项目或常数"
            return False
        row = self._row(key, path, kind)
        row["name"] = self._name(key, label, row)
        try:
            b.parse_binding(row)
        except SourceRefused as refused:
            self.errors[key] = str(refused)
        self.bindings.append(row)
        self.names[key] = row["name"]
        return True

    def _row(self, key: str, path: str, kind: str) -> Config:
        row: Config = {"path": path, "kind": kind, "unit": _one(self.values, f"{key}:unit")}
        if kind == "points":
            row["points"] = [
                {"point": int(p), "sign": sign}
                for name, sign in (("plus", 1), ("minus", -1))
                for p in self.values.get(f"{key}:{name}", ())
                if p.isdigit()
            ]
            units = {self.units.get(p["point"], "") for p in row["points"]}
            if not row["unit"] and len(units) == 1:
                row["unit"] = units.pop()
            elif not row["unit"] and units:
                self.errors[key] = "所选监测点的单位不同，请写明单位"
        elif kind == "report":
            row["item"] = _one(self.values, f"{key}:item")
            row["unit"] = row["unit"] or (items.BY_CODE[row["item"]].unit if row["item"] in items.BY_CODE else "")
        elif kind == "constant":
            row["value"], row["source"] = (_one(self.values, f"{key}:{n}") for n in ("value", "source"))
        if kind != "constant" and _one(self.values, f"{key}:scale"):
            row["scale"] = _one(self.values, f"{key}:scale")
        if _one(self.values, f"{key}:optional"):
            row["optional"] = True
        return row

    def _name(self, key: str, label: str, row: Config) -> str:
        name = _one(self.values, f"{key}:name")
        if not name:
            name = items.BY_CODE[row["item"]].name if row.get("item") in items.BY_CODE else label
        taken, base, n = set(self.names.values()), name, 2
        while name in taken:
            name, n = f"{base} {n}", n + 1
        return name

    def plain(self, row: Field, key: str) -> Any:
        """Value of a field that is no quantity; None when it is left empty."""
        text = _one(self.values, key)
        if row.kind == "flag":
            return True if text else None
        if not text:
            if row.required and not key.endswith("/evidence"):
                self.errors[key] = f"「{row.label}」是必填的"
            return None
        if row.kind == "texts":
            return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
        if row.kind == "number":
            if not text.isdigit():
                self.errors[key] = f"「{row.label}」应为整数"
                return None
            return int(text)
        return text


def read(method: str, values: Values, units: Mapping[int, str], market_before: Mapping[str, Any]) -> Config:
    """``options``, ``bindings``, ``energy`` and ``market`` of a filled-in form.

    ``market_before`` keeps what the form does not ask for (the factor of the rest). Raises SourceRefused whose
    ``errors`` are keyed like the form's fields.
    """
    reader = _Reader(values, units)
    options = _options(method, reader)
    for i in range(_count(values, "extra")):
        reader.quantity(f"extra/{i}", "", f"附加输入 {i + 1}", required=False)
    energy = [row for i in range(_count(values, "energy")) if (row := _energy(reader, i))]
    market = _market(reader, market_before)
    if not reader.bindings and not reader.errors:
        reader.errors["inputs"] = "请至少绑定一个活动数据"
    if reader.errors:
        raise SourceRefused(next(iter(reader.errors.values())), reader.errors)
    return {"options": options, "bindings": reader.bindings, "energy": energy, "market": market}


def _options(method: str, reader: _Reader) -> Config:
    options: Config = {}
    kept: dict[str, int] = {}
    for group in shape_of(method, counts_of(method, reader.values)).groups:
        if not group.path:
            for row in group.fields:
                _put(reader, row, row.path, row.path, options)
            continue
        if _one(reader.values, f"drop:{group.path}") or not _touched(reader.values, group.path):
            continue
        index = kept.get(group.list_name, 0)
        kept[group.list_name] = index + 1
        options.setdefault(group.list_name, []).append({})
        for row in group.fields:
            inner = row.path.removeprefix(f"{group.path}/")
            _put(reader, row, row.path, f"{group.list_name}/{index}/{inner}", options)
    for name, (label, may_be_empty) in shape_of(method, {}).lists.items():
        if not may_be_empty and name not in kept:
            reader.errors[name] = f"「{label}」至少要有一项"
    return options


def _touched(values: Values, path: str) -> bool:
    return any(key.startswith(f"{path}/") and any(v.strip() for v in value) for key, value in values.items())


def _put(reader: _Reader, row: Field, key: str, path: str, options: Config) -> None:
    if row.kind == "quantity":
        reader.quantity(key, path, row.label, required=row.required)
        return
    value = reader.plain(row, key)
    if value is None:
        return
    node: Any = options
    *steps, last = path.split("/")
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    node[last] = value


def counts_of(method: str, values: Values) -> dict[str, int]:
    """How many elements each list of the method has in the form."""
    return {name: _count(values, name) for name in shape_of(method, {}).lists}


def _given(reader: _Reader, key: str) -> Config | None:
    """A quantity that stands in the configuration itself: value, unit and reference."""
    value, unit, ref = (_one(reader.values, f"{key}:{n}") for n in ("value", "unit", "ref"))
    if not (value or ref):
        return None
    if not (value and unit and ref):
        reader.errors[key] = "请同时填写数值、单位和来源"
    return {"value": value, "unit": unit, "ref": ref}


def _input(reader: _Reader, key: str, what: str) -> str:
    chosen = _one(reader.values, key)
    if chosen not in reader.names:
        reader.errors[key] = f"{what}：请选择上面已绑定的一个输入"
    return reader.names.get(chosen, "")


def _energy(reader: _Reader, i: int) -> Config | None:
    key = f"energy/{i}"
    carrier = _one(reader.values, f"{key}/carrier")
    if not carrier:
        return None
    row: Config = {"carrier": carrier, "input": _input(reader, f"{key}/input", "综合能耗")}
    if (direction := _one(reader.values, f"{key}/direction")) not in ("", "in"):
        row["direction"] = direction
    if (purpose := _one(reader.values, f"{key}/purpose")) not in ("", "energy"):
        row["purpose"] = purpose
    if _one(reader.values, f"{key}/non_fossil"):
        row["non_fossil"] = True
    for name in _ENERGY_QUANTITIES:
        if given := _given(reader, f"{key}/{name}"):
            row[name] = given
    return row


def _market(reader: _Reader, before: Mapping[str, Any]) -> Config:
    method = _one(reader.values, "market/method")
    if not method:
        return {}
    options = {k: v for k, v in dict(before.get("options") or {}).items() if k not in ("instruments", "certificates")}
    inputs = {p: n for p, n in dict(before.get("inputs") or {}).items() if p == "exported" and n in _names(reader)}
    inputs["consumed"] = _input(reader, "market/consumed", "基于市场的用电量")
    claims: list[Config] = []
    for i in range(_count(reader.values, "instruments")):
        key = f"market/instruments/{i}"
        kind = _one(reader.values, f"{key}/kind")
        if not kind:
            continue
        inputs[f"instruments/{len(claims)}/amount"] = _input(reader, f"{key}/input", "绿电与绿证")
        claim = {"kind": kind} | {n: t for n in ("label", "evidence") if (t := _one(reader.values, f"{key}/{n}"))}
        claims.append(claim)
    options["instruments"] = claims
    if use := _one(reader.values, "market/certificates"):
        options["certificates"] = use
    return {"method": method, "options": options, "inputs": inputs}


def _names(reader: _Reader) -> set[str]:
    return set(reader.names.values())


def write(method: str, config: Mapping[str, Any]) -> dict[str, list[str]]:
    """The form's values of a stored configuration, so that an edit begins with what holds now."""
    values: dict[str, list[str]] = {}
    options = config.get("options") or {}
    by_path = {row.get("path"): row for row in config.get("bindings") or () if row.get("path")}
    counts = {name: len(options.get(name) or ()) for name in shape_of(method, {}).lists}
    values |= {f"count:{name}": [str(n)] for name, n in counts.items()}
    key_of: dict[str, str] = {}
    for group in shape_of(method, counts).groups:
        for row in group.fields:
            if row.kind == "quantity":
                _show(values, row.path, by_path.get(row.path), _at(options, row.path), key_of)
            elif (value := _at(options, row.path)) not in (None, "", False):
                values[row.path] = [", ".join(value) if isinstance(value, list) else str(value)]
    extra = [row for row in config.get("bindings") or () if not row.get("path")]
    values["count:extra"] = [str(len(extra))]
    for i, row in enumerate(extra):
        _show(values, f"extra/{i}", row, None, key_of)
    _show_energy(values, config.get("energy") or (), key_of)
    _show_market(values, config.get("market") or {}, key_of)
    return values


def _at(node: Any, path: str) -> Any:
    for step in path.split("/"):
        if isinstance(node, list):
            node = node[int(step)] if int(step) < len(node) else None
        else:
            node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _show(
    values: dict[str, list[str]], key: str, row: Mapping[str, Any] | None, own: Any, key_of: dict[str, str]
) -> None:
    if row is None and isinstance(own, Mapping):
        row = {"kind": "constant", "source": own.get("ref", ""), **{n: own.get(n, "") for n in ("value", "unit")}}
    if row is None:
        return
    key_of[str(row.get("name", ""))] = key
    for name in ("kind", "item", "value", "source", "unit", "scale", "name"):
        if row.get(name) not in (None, ""):
            values[f"{key}:{name}"] = [str(row[name])]
    if row.get("optional"):
        values[f"{key}:optional"] = ["1"]
    for name, sign in (("plus", 1), ("minus", -1)):
        values[f"{key}:{name}"] = [str(p["point"]) for p in row.get("points") or () if p.get("sign", 1) == sign]


def _show_energy(values: dict[str, list[str]], rows: Sequence[Mapping[str, Any]], key_of: Mapping[str, str]) -> None:
    values["count:energy"] = [str(len(rows))]
    for i, row in enumerate(rows):
        for name in ("carrier", "direction", "purpose"):
            values[f"energy/{i}/{name}"] = [str(row.get(name, ""))]
        values[f"energy/{i}/input"] = [key_of.get(str(row.get("input")), "")]
        if row.get("non_fossil"):
            values[f"energy/{i}/non_fossil"] = ["1"]
        for name in _ENERGY_QUANTITIES:
            for part in ("value", "unit", "ref"):
                values[f"energy/{i}/{name}:{part}"] = [str((row.get(name) or {}).get(part, ""))]


def _show_market(values: dict[str, list[str]], market: Mapping[str, Any], key_of: Mapping[str, str]) -> None:
    if not market:
        return
    options, inputs = market.get("options") or {}, market.get("inputs") or {}
    values["market/method"] = [str(market.get("method", ""))]
    values["market/certificates"] = [str(options.get("certificates", ""))]
    values["market/consumed"] = [key_of.get(str(inputs.get("consumed")), "")]
    claims = options.get("instruments") or ()
    values["count:instruments"] = [str(len(claims))]
    for i, claim in enumerate(claims):
        key = f"market/instruments/{i}"
        values |= {f"{key}/{name}": [str(claim.get(name, ""))] for name in ("kind", "label", "evidence")}
        values[f"{key}/input"] = [key_of.get(str(inputs.get(f"instruments/{i}/amount")), "")]
