"""The small description of a chart that templates hand to the browser, and its table for people who read text.

A spec is a plain dict (domains build it without importing the shell):

``kind``      line, area, bar, stacked, ranking, heatmap or sankey
``unit``      unit of the values, shown in the title, the tooltip and the table's header
``decimals``  of the values in tooltip, labels and table, default 1
``x``         category labels, or ``time``: UTC milliseconds since 1970 (shown in the park's zone)
``x_title``   header of the first column, default 时间 or 项目
``series``    list of ``{name, data, colour, as, stack, dashed, symbols}``; ``data`` holds numbers or None
``limits``    list of ``{name, value}``: dashed horizontal lines
``zoom``      True adds a slider (long series)
``y``, ``values``       heatmap: row labels and ``[x index, y index, value]`` triples
``nodes``, ``links``    sankey: names and ``{source, target, value}``

Colours: solar, grid, storage, green, coal, gas, heat, water; ok, warn, bad; 1 to 7 of the palette.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from greenpark.project.shell.numbers import known, moment, num

KINDS = frozenset({"line", "area", "bar", "stacked", "ranking", "heatmap", "sankey"})
COLOURS = frozenset({"solar", "grid", "storage", "green", "coal", "gas", "heat", "water", "ok", "warn", "bad"})
#: Rows of the text table under a chart; the CSV always holds all.
TABLE_ROWS = 200


class BadChart(ValueError):
    """The spec does not describe a chart; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Table:
    """Text form of a chart: header cells, rows of text, and how many rows were left out."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int


def check(spec: dict[str, Any]) -> None:
    """Raise BadChart for an unknown kind, unequal lengths or a colour that has no meaning."""
    kind = spec.get("kind")
    if kind not in KINDS:
        raise BadChart(f"kind {kind!r} is none of {', '.join(sorted(KINDS))}")
    if kind == "sankey":
        known_nodes = set(spec.get("nodes", ()))
        for link in spec.get("links", ()):
            if not {link["source"], link["target"]} <= known_nodes:
                raise BadChart(f"link {link['source']} → {link['target']} names an unknown node")
        return
    axis = spec.get("x", spec.get("time"))
    if axis is None:
        raise BadChart("neither x nor time")
    for series in spec.get("series", ()):
        if len(series["data"]) != len(axis):
            raise BadChart(f"series {series['name']}: {len(series['data'])} values for {len(axis)} positions")
        colour = str(series.get("colour", "1"))
        if colour not in COLOURS and colour not in "1234567":
            raise BadChart(f"series {series['name']}: colour {colour!r}")


def is_empty(spec: dict[str, Any]) -> bool:
    """Whether there is nothing to draw: no values at all, or none known."""
    if spec["kind"] == "sankey":
        return not spec.get("links")
    if spec["kind"] == "heatmap":
        return not spec.get("values")
    return all(known(value) is None for series in spec.get("series", ()) for value in series["data"])


def table(spec: dict[str, Any], rows: int = TABLE_ROWS) -> Table:
    """The chart as a table, at most ``rows`` rows."""
    header, lines = _HEADS.get(spec["kind"], _axis_head)(spec), list(_LINES.get(spec["kind"], _axis_lines)(spec))
    return Table(header, tuple(lines[:rows]), max(0, len(lines) - rows))


def _unit(spec: dict[str, Any], name: str) -> str:
    return f"{name}（{spec['unit']}）" if spec.get("unit") else name


def _axis_head(spec: dict[str, Any]) -> tuple[str, ...]:
    first = spec.get("x_title") or (_("时间") if "time" in spec else _("项目"))
    return (first, *(_unit(spec, series["name"]) for series in spec["series"]))


def _axis_lines(spec: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    labels = [moment(ms * 1000) for ms in spec["time"]] if "time" in spec else [str(label) for label in spec["x"]]
    decimals = spec.get("decimals", 1)
    for index, label in enumerate(labels):
        yield (label, *(num(series["data"][index], decimals) for series in spec["series"]))


def _heat_head(spec: dict[str, Any]) -> tuple[str, ...]:
    return (spec.get("y_title") or _("行"), spec.get("x_title") or _("列"), _unit(spec, _("数值")))


def _heat_lines(spec: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for column, row, value in spec["values"]:
        yield str(spec["y"][row]), str(spec["x"][column]), num(value, spec.get("decimals", 1))


def _flow_head(spec: dict[str, Any]) -> tuple[str, ...]:
    return (_("从"), _("到"), _unit(spec, _("数值")))


def _flow_lines(spec: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for link in spec["links"]:
        yield link["source"], link["target"], num(link["value"], spec.get("decimals", 1))


_HEADS = {"heatmap": _heat_head, "sankey": _flow_head}
_LINES = {"heatmap": _heat_lines, "sankey": _flow_lines}
