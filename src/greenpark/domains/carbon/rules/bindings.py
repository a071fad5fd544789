"""How an accounting source is configured, and how amounts find their places in a method's inputs.

A source names a method, gives the method's inputs as JSON without amounts (``options``), and binds each amount to
points, to an item of the monthly report, or to a constant with its source::

    options   {"fuels": [{"fuel": "natural_gas", "set": "A"}]}
    bindings  [{"name": "天然气", "path": "fuels/0/amount", "kind": "points",
                "points": [{"point": 7, "sign": 1}], "unit": "Nm3"}]
    energy    [{"carrier": "natural_gas", "input": "天然气"}]
    market    {"method": "electricity-market…", "options": {…}, "inputs": {"consumed": "外购电量"}}

The first binding is the source's activity amount. A binding without ``path`` is used by ``energy`` or ``market`` only.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from greenpark.domains.carbon.contracts import Category, SourceRefused
from greenpark.domains.carbon.rules import canonical, items
from greenpark.engines import accounting

KINDS: dict[str, str] = {"points": "监测点", "report": "企业月报项目", "constant": "常数"}


@dataclass(frozen=True, slots=True)
class Binding:
    """Where one amount comes from."""

    name: str
    kind: str
    unit: str
    """Of the bound amount after ``scale``, as the method's quantity gets it."""
    path: str = ""
    points: tuple[tuple[int, int], ...] = ()
    """(point id, +1 or -1)"""
    scale: Decimal = Decimal(1)
    """Amount of the points or the report x scale = amount in ``unit``."""
    item: str = ""
    value: Decimal | None = None
    source: str = ""
    """Of a constant: the document, assay or contract it was taken from."""
    optional: bool = False
    """Absent amount: the list element it belongs to is left out instead of stopping the calculation."""


@dataclass(frozen=True, slots=True)
class Energy:
    """One carrier of the source in comprehensive energy consumption (GB/T 2589)."""

    carrier: str
    input: str
    """Name of the binding whose amount counts."""
    direction: str = "in"
    purpose: str = "energy"
    non_fossil: bool = False
    lhv: Mapping[str, Any] | None = None
    coefficient: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """The market-based figure beside the location-based one."""

    method: str
    options: Mapping[str, Any]
    inputs: Mapping[str, str]
    """Path in the market method's inputs -> name of the binding."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One version of a source, parsed."""

    enterprise_id: int
    code: str
    version: int
    name: str
    process: str
    category: str
    medium: str
    method: str
    options: Mapping[str, Any]
    bindings: tuple[Binding, ...]
    energy: tuple[Energy, ...] = ()
    market: Market | None = None
    digest: str = field(default="", compare=False)

    def point_ids(self) -> set[int]:
        return {p for b in self.bindings for p, _ in b.points}

    def report_items(self) -> set[str]:
        return {b.item for b in self.bindings if b.kind == "report"}


def parse_binding(row: Mapping[str, Any]) -> Binding:
    """A binding from its JSON. Raises SourceRefused with what is wrong, keyed by the binding's name."""
    name = str(row.get("name") or "").strip()
    if not name:
        raise SourceRefused("每个输入须有名称", {"bindings": "有一个输入没有名称"})

    def wrong(why: str) -> SourceRefused:
        return SourceRefused(f"输入「{name}」：{why}", {"bindings": f"输入「{name}」：{why}"})

    kind = row.get("kind")
    if kind not in KINDS:
        raise wrong(f"绑定方式应为{'、'.join(KINDS.values())}之一")
    try:
        scale = Decimal(str(row.get("scale") or "1"))
        value = Decimal(str(row["value"])) if row.get("value") not in (None, "") else None
    except InvalidOperation:
        raise wrong("数值或换算系数应为数字") from None
    points = tuple((int(p["point"]), int(p.get("sign", 1))) for p in row.get("points") or ())
    binding = Binding(
        name,
        str(kind),
        str(row.get("unit") or ""),
        str(row.get("path") or ""),
        points,
        scale,
        str(row.get("item") or ""),
        value,
        str(row.get("source") or ""),
        bool(row.get("optional")),
    )
    why = _binding_fault(binding)
    if why:
        raise wrong(why)
    return binding


def _binding_fault(binding: Binding) -> str:
    if not binding.scale.is_finite() or binding.scale <= 0:
        return "换算系数应大于 0"
    if not binding.unit:
        return "没有写明单位"
    if binding.kind == "points":
        if not binding.points:
            return "没有选择监测点"
        if any(sign not in (1, -1) for _, sign in binding.points):
            return "监测点的符号应为加或减"
        if len({p for p, _ in binding.points}) != len(binding.points):
            return "同一个监测点出现两次"
    if binding.kind == "report" and binding.item not in items.BY_CODE:
        return f"没有名为「{binding.item}」的填报项目"
    if binding.kind == "constant" and (binding.value is None or not binding.source.strip()):
        return "常数须有数值和来源（化验单、合同或文件）"
    return ""


def parse(
    *,
    enterprise_id: int,
    code: str,
    version: int,
    name: str,
    process: str,
    category: str,
    medium: str,
    method: str,
    options: Mapping[str, Any],
    bindings: Sequence[Mapping[str, Any]],
    energy: Sequence[Mapping[str, Any]] = (),
    market: Mapping[str, Any] | None = None,
) -> Spec:
    """A source from its stored JSON. Raises SourceRefused."""
    if category not in {c.value for c in Category}:
        raise SourceRefused(f"没有类别「{category}」", {"category": "请选择类别"})
    parsed = tuple(parse_binding(row) for row in bindings)
    names = [b.name for b in parsed]
    if len(set(names)) != len(names):
        raise SourceRefused("输入的名称不能重复", {"bindings": "输入的名称不能重复"})
    carriers = tuple(Energy(**row) for row in energy)
    beside = Market(str(market["method"]), market.get("options") or {}, market.get("inputs") or {}) if market else None
    for used in [*(e.input for e in carriers), *(beside.inputs.values() if beside else ())]:
        if used not in names:
            raise SourceRefused(
                f"没有名为「{used}」的输入", {"bindings": f"能耗或基于市场的部分用到了不存在的输入「{used}」"}
            )
    config = {
        "code": code,
        "name": name,
        "process": process,
        "category": category,
        "medium": medium,
        "method": method,
        "options": _plain(options),
        "bindings": _plain(list(bindings)),
        "energy": _plain(list(energy)),
        "market": _plain(market or {}),
    }
    return Spec(
        enterprise_id,
        code,
        version,
        name,
        process,
        category,
        medium,
        method,
        options,
        parsed,
        carriers,
        beside,
        canonical.sm3(canonical.dump(config)),
    )


def check(spec: Spec, on: date) -> None:
    """Raise SourceRefused unless the method exists, is in force and takes the inputs in these units.

    Amounts of 1 are tried. Missing factors do not stop a configuration: they are named when a month is computed.
    """
    if not spec.bindings:
        raise SourceRefused("没有输入，请至少绑定一个活动数据", {"bindings": "请至少绑定一个活动数据"})
    trial = {b.name: {"value": "1", "unit": b.unit} for b in spec.bindings}
    method = accounting.METHODS.get(spec.method)
    if method is None:
        raise SourceRefused(f"没有核算方法 {spec.method}", {"method": "请选择核算方法"})
    if not method.in_force(on):
        raise SourceRefused(
            f"方法 {spec.method}（{method.edition}）在 {on} 不适用", {"method": f"该方法在 {on} 不适用，请换用现行版本"}
        )
    try:
        accounting.run(
            spec.method, fill(spec.options, {b.path: trial[b.name] for b in spec.bindings if b.path}), _EMPTY, on
        )
    except (accounting.BadInputs, accounting.BadUnit, accounting.MissingParameter, SourceRefused) as fault:
        raise SourceRefused(f"方法的输入不完整或单位不符：{fault}", {"bindings": str(fault)}) from fault
    except accounting.AccountingError:
        pass  # no factor in the empty book, or a balance that trial amounts cannot keep: judged with real amounts


_EMPTY = accounting.FactorBook(())


def fill(options: Mapping[str, Any], amounts: Mapping[str, Any]) -> dict[str, Any]:
    """``options`` with each amount put at its path; a path such as ``fuels/0/amount`` counts list elements from 0.

    Raises SourceRefused for a path that leads nowhere.
    """
    filled: dict[str, Any] = copy.deepcopy(dict(options))
    for path, amount in amounts.items():
        node: Any = filled
        *steps, last = path.split("/")
        try:
            for step in steps:
                node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
            if isinstance(node, list):
                node[int(last)] = amount
            else:
                node[last] = amount
        except (IndexError, ValueError, TypeError, AttributeError):
            raise SourceRefused(f"输入位置 {path} 在方法的输入中不存在") from None
    return filled


def leave_out(options: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """``options`` without the list elements (outside lists: the fields) that the paths of absent amounts name."""
    rest: dict[str, Any] = copy.deepcopy(dict(options))
    gone: set[tuple[str, int]] = set()
    for path in paths:
        parts = path.split("/")
        index = next((i for i in range(len(parts) - 1, 0, -1) if parts[i].isdigit()), None)
        if index is None:
            rest.pop(parts[0], None)
        else:
            gone.add(("/".join(parts[:index]), int(parts[index])))
    for prefix, position in sorted(gone, key=lambda g: -g[1]):
        node: Any = rest
        for step in prefix.split("/"):
            node = node[int(step)] if isinstance(node, list) else node[step]
        del node[position]
    return rest


def _plain(value: Any) -> Any:
    """JSON values with numbers as text, so that a digest does not depend on how a number was typed."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return str(value)
