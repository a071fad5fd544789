"""The guided form says the same as the JSON behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings

from greenpark.domains.carbon import testing
from greenpark.domains.carbon.contracts import SourceRefused
from greenpark.domains.carbon.rules import guided, shapes
from greenpark.engines import accounting


def _demo() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((settings.PACKS / "demo" / "sources.json").read_text(encoding="utf-8"))
    for row in rows:
        for binding in row["bindings"]:
            if "points" in binding:
                binding["points"] = [{"point": n, "sign": 1} for n, _ in enumerate(binding["points"], start=1)]
    return rows


def _sources() -> list[dict[str, Any]]:
    return [testing.electricity_source(7), testing.gas_source(8), testing.coal_source(), *_demo()]  # type: ignore[list-item]


def _amounts(config: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    """Path or name -> what is bound there; quantities in the options count as constants, as the form binds them."""
    found: dict[str, tuple[object, ...]] = {}
    for row in config["bindings"]:
        points = tuple((p["point"], p.get("sign", 1)) for p in row.get("points", ()))
        where = row.get("path") or row["name"]
        found[where] = (row["kind"], points, row.get("item"), str(row.get("value", "")), row["unit"])

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict) and set(node) <= {"value", "unit", "ref"} and node:
            found[path] = ("constant", (), None, str(node["value"]), node["unit"])
        elif isinstance(node, dict | list):
            for key, value in node.items() if isinstance(node, dict) else enumerate(node):
                walk(value, f"{path}/{key}" if path else str(key))

    walk(config.get("options") or {}, "")
    return found


@pytest.mark.parametrize("row", _sources(), ids=lambda row: str(row["code"]))
def test_what_is_shown_and_saved_again_is_the_same(row: dict[str, Any]) -> None:
    values = guided.write(row["method"], row)
    again = guided.read(row["method"], values, {}, row.get("market") or {})
    assert _amounts(again) == _amounts(row)
    names = {b["name"] for b in row["bindings"]}
    assert names <= {b["name"] for b in again["bindings"]}
    assert [e["input"] for e in again["energy"]] == [e["input"] for e in row["energy"]]
    assert [e["carrier"] for e in again["energy"]] == [e["carrier"] for e in row["energy"]]
    assert again["market"].get("inputs", {}) == (row.get("market") or {}).get("inputs", {})


@pytest.mark.parametrize("method", sorted(accounting.METHODS))
def test_every_method_has_a_form_in_chinese(method: str) -> None:
    counts = dict.fromkeys(shapes.shape_of(method, {}).lists, 1)
    shape = shapes.shape_of(method, counts)
    rows = [row for group in shape.groups for row in group.fields]
    assert any(row.kind == "quantity" for row in rows)
    assert all(any("一" <= c <= "鿿" for c in row.label) or row.label.startswith("GWP") for row in rows)
    assert all(word != value for row in rows for value, word in row.choices)


def test_errors_stand_beside_their_fields() -> None:
    values = {
        "count:fuels": ["2"],
        "fuels/0/fuel": ["natural_gas"],
        "fuels/0/amount:kind": ["points"],
        "fuels/1/fuel": [""],
        "fuels/1/amount:kind": ["constant"],
        "fuels/1/amount:value": ["十"],
        "count:energy": ["1"],
        "energy/0/carrier": ["coke"],
        "energy/0/input": ["fuels/9/amount"],
    }
    with pytest.raises(SourceRefused) as refused:
        guided.read("fuel-combustion.guides-2013", values, {}, {})
    errors = refused.value.errors
    assert set(errors) == {"fuels/0/amount", "fuels/1/fuel", "fuels/1/amount", "energy/0/input"}
    assert "单位" in errors["fuels/0/amount"] or "监测点" in errors["fuels/0/amount"]
    assert "数字" in errors["fuels/1/amount"]


def test_an_empty_form_names_the_missing_list_and_points_lend_their_unit() -> None:
    with pytest.raises(SourceRefused) as refused:
        guided.read("fuel-combustion.guides-2013", {}, {}, {})
    assert "fuels" in refused.value.errors
    values = {"purchased:kind": ["points"], "purchased:plus": ["3", "4"], "purchased:minus": ["5"]}
    method = "electricity-location.gb32150-2025"
    found = guided.read(method, values, {3: "kWh", 4: "kWh", 5: "kWh"}, {})["bindings"]
    assert found[0]["unit"] == "kWh"
    assert [(p["point"], p["sign"]) for p in found[0]["points"]] == [(3, 1), (4, 1), (5, -1)]
    with pytest.raises(SourceRefused) as refused:
        guided.read(method, values, {3: "kWh", 4: "MWh", 5: "kWh"}, {})
    assert "单位" in refused.value.errors["purchased"]


def test_a_dropped_element_moves_the_rest_up() -> None:
    values = {
        "count:fuels": ["2"], "drop:fuels/0": ["1"], "fuels/0/fuel": ["coke"],
        "fuels/1/fuel": ["diesel"], "fuels/1/set": ["A"], "fuels/1/amount:kind": ["report"],
        "fuels/1/amount:item": ["diesel"], "count:energy": ["1"], "energy/0/carrier": ["diesel"],
        "energy/0/input": ["fuels/1/amount"],
    }  # fmt: skip
    found = guided.read("fuel-combustion.guides-2013", values, {}, {})
    assert found["options"] == {"fuels": [{"fuel": "diesel", "set": "A"}]}
    assert found["bindings"][0]["path"] == "fuels/0/amount"
    assert found["bindings"][0]["unit"] == "t"
    assert found["energy"] == [{"carrier": "diesel", "input": "柴油"}]
