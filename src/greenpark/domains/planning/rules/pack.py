"""A region pack's plan: schema of every table, references, units, quotes, counts, coverage."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenpark.domains.planning.rules.checks import RULES
from greenpark.domains.planning.rules.reading import document_of, quotes_of, targets_of
from greenpark.domains.planning.rules.units import units_of
from greenpark.engines.judgement import Kind, Sense, parse_printed
from greenpark.kernel.packs import BrokenPack, Column, Pack, Row, load_pack, read_table

_ID = r"[A-Za-z]{1,3}\d{1,4}"
#: Units that a plan may use. A new one is added here with the conversion it needs, so that a typing error is seen.
_UNITS = """% 个 个/text 个园区 text 年 户 家 公里 吨/年 万吨/年 万吨 万千瓦 吨二氧化碳/万元 吨二氧化碳/年 吨标准煤/万元
    吨标准煤/年 级 亿元 万元 人 名 条 GWh 次/年 次/年·企业 平方米/人 平方米 工作日 万亩 微克/立方米 万块 处 分钟
    蒸吨/小时 立方米/万元 千瓦时 /"""
UNITS = frozenset(re.split(r"\s+", _UNITS))
DOCUMENTS = (Column("code", unique=True), Column("title"), Column("number", required=False), Column("file"))
_TASKS = (
    Column("id", pattern=_ID, unique=True), Column("document"), Column("section"), Column("title"),
    Column("deadlines", required=False), Column("responsible_units", required=False),
    Column("quantitative_content", required=False), Column("quote"),
)  # fmt: skip
_INDICATORS = (
    Column("id", pattern=_ID, unique=True), Column("document"), Column("name_zh"), Column("unit", choices=UNITS),
    Column("baseline_year", required=False), Column("baseline", required=False), Column("other_years", required=False),
    Column("direction", choices=frozenset({"higher", "lower", "equal", "cumulative", "text"})),
    Column("scope"), Column("data_provider", required=False), Column("note", required=False), Column("quote"),
)  # fmt: skip
_READINGS = (
    Column("id", pattern=_ID, unique=True), Column("kind", choices=frozenset(Kind)),
    Column("sense", choices=frozenset(Sense)), Column("force", required=False), Column("group", required=False),
    Column("authoritative", "bool"),
)  # fmt: skip
_PROJECTS = (
    Column("id", pattern=_ID, unique=True), Column("list"), Column("name"), Column("responsible_unit", required=False),
    Column("annual_goal", required=False), Column("investment", required=False), Column("capacity", required=False),
    Column("note", required=False), Column("document"), Column("quote"),
)  # fmt: skip
_SYSTEMS = (
    Column("id", pattern=_ID, unique=True), Column("name_en", required=False), Column("name_zh"), Column("domain"),
    Column("kind"), Column("force", choices=frozenset({"required", "encouraged", "exploratory"})), Column("quotes"),
    Column("users", required=False), Column("rules", required=False), Column("inputs_outputs", required=False),
)  # fmt: skip
_FINDINGS = (
    Column("id", pattern=_ID, unique=True), Column("severity", choices=frozenset({"high", "medium", "low"})),
    Column("title"), Column("where"), Column("observed", required=False), Column("verdict"),
    Column("duty", required=False),
    Column("quotes"), Column("title_zh"), Column("rule", choices=frozenset(RULES), required=False),
    Column("inputs", "list", required=False),
)  # fmt: skip
_PARAMETERS = (
    Column("id", pattern=_ID, unique=True), Column("parameter", required=False), Column("value_text", required=False),
    Column("where"), Column("unstated", required=False), Column("name_zh"), Column("value", required=False),
    Column("unit", choices=UNITS), Column("sense", choices=frozenset(Sense)),
    Column("unstated_zh", "list", required=False), Column("document"), Column("quote"),
)  # fmt: skip
_ANNEXES = (
    Column("annex"), Column("no", "integer", low=1), Column("indicator"), Column("group", required=False),
    Column("name"), Column("unit", required=False), Column("scope", required=False), Column("provider", required=False),
    Column("base", required=False), Column("merged", "bool"), Column("remark", required=False),
)  # fmt: skip
_COVERAGE = (
    Column("system", unique=True), Column("answer", choices=frozenset({"feature", "ledger", "person"}), required=False),
    Column("url_name", required=False), Column("extent", choices=frozenset({"whole", "part"}), required=False),
    Column("note", required=False),
)  # fmt: skip
TABLES: Mapping[str, tuple[Column, ...]] = {
    "documents": DOCUMENTS, "indicators": _INDICATORS, "indicator_readings": _READINGS, "tasks": _TASKS,
    "projects": _PROJECTS, "systems": _SYSTEMS, "findings": _FINDINGS, "parameters": _PARAMETERS,
    "annexes": _ANNEXES, "coverage": _COVERAGE,
}  # fmt: skip
#: Tables with one column for each year of the plan: ``y2025`` and so on.
_YEARLY = {"indicators", "annexes"}
#: Counted with the others; their rows are checked by the domain that owns them.
_FOREIGN = ("enterprises", "parks", "aliases", "organisations", "housing_rules", "housing_open_points")


@dataclass(frozen=True, slots=True)
class PlanPack:
    """Rows of a plan as plain dictionaries, by table; ``texts`` are the documents."""

    id: str
    title: str
    edition: str
    digest: str
    tables: Mapping[str, list[dict[str, Any]]]
    texts: Mapping[str, str] = field(repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)

    def by_id(self, table: str) -> dict[str, dict[str, Any]]:
        return {str(row["id"]): row for row in self.tables.get(table, [])}


def read_plan(folder: Path) -> PlanPack:
    """Read a region pack's plan. Raises BrokenPack for the first fault, the further ones in ``others``."""
    plan, faults = examine(folder)
    if faults:
        faults[0].others = tuple(faults[1:])
        raise faults[0]
    return plan


def examine(folder: Path) -> tuple[PlanPack, list[BrokenPack]]:
    """The plan of a pack and every fault in it. Raises BrokenPack only when the manifest itself cannot be read."""
    pack = load_pack(folder)
    faults: list[BrokenPack] = []
    if pack.manifest.kind != "region":
        faults.append(BrokenPack(folder / "pack.json", None, "kind", f"应为 region，现为 {pack.manifest.kind!r}"))
    rows: dict[str, list[Row]] = {}
    for name, columns in TABLES.items():
        file = pack.manifest.tables.get(name)
        if file is None:
            rows[name] = []
            continue
        path = folder / file
        rows[name], wrong = read_table(path, (*columns, *_year_columns(path)) if name in _YEARLY else columns)
        faults += wrong
    texts = _texts(pack, rows["documents"], faults)
    faults += [*_quote_faults(rows, texts), *_reference_faults(rows), *_annex_faults(rows, texts)]
    tables = {name: [dict(row.values) for row in found] for name, found in rows.items()}
    counts = {name: len(found) for name, found in tables.items()} | _foreign_counts(pack)
    manifest = pack.manifest
    return PlanPack(manifest.id, manifest.title, manifest.edition, _digest(folder), tables, texts, counts), faults


def _year_columns(path: Path) -> list[Column]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    return [Column(name, required=False) for name in header if re.fullmatch(r"y\d{4}", name)]


def _texts(pack: Pack, rows: Iterable[Row], faults: list[BrokenPack]) -> dict[str, str]:
    texts = {}
    for row in rows:
        path = (pack.folder / row.text("file")).resolve()
        if not path.is_relative_to(pack.folder.resolve()) or not path.is_file():
            faults.append(row.broken("file", f"没有文件 {row.text('file')}"))
            continue
        texts[row.text("code")] = path.read_text(encoding="utf-8")
    return texts


def _quote_faults(rows: Mapping[str, list[Row]], texts: Mapping[str, str]) -> Iterable[BrokenPack]:
    for name in ("indicators", "tasks", "projects", "parameters"):
        for row in rows[name]:
            code = document_of(row.text("document"))
            if code not in texts:
                yield row.broken("document", f"{code!r} 不在 documents 表之中")
                continue
            for part in row.text("quote").split(" ‖ "):
                if part not in texts[code]:
                    yield row.broken("quote", f"{part!r} 在 {code} 中没有逐字出现")
    for name in ("systems", "findings"):
        for row in rows[name]:
            cited = quotes_of(row.text("quotes"))
            if not cited:
                yield row.broken("quotes", "没有「…」形式的原文")
            for code, _, part in cited:
                if code not in texts:
                    yield row.broken("quotes", f"{code!r} 不在 documents 表之中")
                elif part not in texts[code]:
                    yield row.broken("quotes", f"{part!r} 在 {code} 中没有逐字出现")


def _reference_faults(rows: Mapping[str, list[Row]]) -> Iterable[BrokenPack]:
    indicators = {row.text("id") for row in rows["indicators"]}
    systems = {row.text("id") for row in rows["systems"]}
    readings = {row.text("id") for row in rows["indicator_readings"]}
    for row in rows["indicators"]:
        if row.text("id") not in readings:
            yield row.broken("id", "indicator_readings 表中没有这项指标的解读")
    for name, column, known, what in (
        ("indicator_readings", "id", indicators, "indicators"),
        ("annexes", "indicator", indicators, "indicators"),
        ("coverage", "system", systems, "systems"),
    ):
        for row in rows[name]:
            if row.text(column) not in known:
                yield row.broken(column, f"{row.text(column)!r} 不在 {what} 表之中")
    yield from _row_faults(rows, indicators)


def _row_faults(rows: Mapping[str, list[Row]], indicators: set[str]) -> Iterable[BrokenPack]:
    """What one row can break by itself."""
    for row in rows["indicator_readings"]:
        if row.text("group") and row.text("group") not in indicators:
            yield row.broken("group", f"{row.text('group')!r} 不在 indicators 表之中")
    for row in rows["coverage"]:
        if (row.text("answer") == "feature") != bool(row.text("url_name")):
            yield row.broken("url_name", "功能须写页面名称，其他答复不写")
    for row in rows["findings"]:
        if row.text("rule"):
            unknown = [n for n in re.findall(r"\bI\d{3,4}\b", " ".join(row["inputs"])) if n not in indicators]
            yield from (row.broken("inputs", f"{name!r} 不在 indicators 表之中") for name in unknown)
    for row in rows["tasks"]:
        if re.search(r"[;；]\s*[;；]", row.text("responsible_units")):
            yield row.broken("responsible_units", "有空的责任单位")
    for row in rows["parameters"]:
        cell = row.text("value")
        if cell and parse_printed(cell).value is None:
            yield row.broken("value", f"应为数字或范围，现为 {cell!r}；文件未写明的留空")


def _annex_faults(rows: Mapping[str, list[Row]], texts: Mapping[str, str]) -> Iterable[BrokenPack]:
    """Cells of an annex stand in the document and agree with the numbers of the indicator table."""
    indicators = {row.text("id"): row for row in rows["indicators"]}
    for row in rows["annexes"]:
        indicator = indicators.get(row.text("indicator"))
        if indicator is None:
            continue
        text = texts.get(document_of(indicator.text("document")), "")
        for name in ("group", "name", "unit", "base", "remark", *(n for n in row.values if re.fullmatch(r"y\d{4}", n))):
            cell = row.text(name)
            if cell and cell not in text:
                yield row.broken(name, f"{cell!r} 在文件中没有逐字出现")
            if not name.startswith("y") or row["merged"]:
                continue
            wanted = str(indicator.values.get(name, ""))
            if cell != wanted and parse_printed(cell).value != parse_printed(wanted).value:
                yield row.broken(name, f"{cell!r} 与指标表的 {wanted!r} 不一致")


def _foreign_counts(pack: Pack) -> dict[str, int]:
    counts = {}
    for name in _FOREIGN:
        path = pack.folder / pack.manifest.tables.get(name, f"{name}.csv")
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                counts[name] = sum(1 for cells in csv.reader(file) if any(cells)) - 1
    return counts


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def coverage(tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What answers each system, task and indicator, counted. Percentages are computed, never typed.

    A system is answered by a running page (wholly or in part), a ledger, the responsible unit of a task, or nothing.
    A task is answered when the document names a unit; the default clause alone is counted apart. An indicator is
    answered when its data provider is declared; a first-named unit of the text is counted apart, as inferred.
    """
    answers = {row["system"]: row for row in tables.get("coverage", [])}
    system = {"whole": 0, "part": 0, "ledger": 0, "person": 0, "none": 0}
    for row in tables.get("systems", []):
        answer = answers.get(row["id"], {})
        kind = answer.get("answer") or "none"
        system[answer.get("extent") or "part" if kind == "feature" else kind] += 1
    task = {"named": 0, "default": 0, "none": 0}
    for row in tables.get("tasks", []):
        units = units_of(str(row["responsible_units"]))
        task["named" if units.assigned else "default" if units.default else "none"] += 1
    indicator = {"declared": 0, "inferred": 0, "none": 0}
    for row in tables.get("indicators", []):
        indicator[provider_state(str(row["data_provider"]))] += 1
    numeric = sum(any(t.value is not None for t in targets_of(row)) for row in tables.get("indicators", []))
    return {
        "systems": _shares(system),
        "tasks": _shares(task),
        "indicators": _shares(indicator) | {"with_number": numeric},
    }


def provider_state(cell: str) -> str:
    """declared, inferred (a unit in parentheses after ``not stated``) or none."""
    if not cell or cell == "not stated":
        return "none"
    return "inferred" if cell.startswith("not stated") else "declared"


def _shares(counts: dict[str, int]) -> dict[str, Any]:
    total = sum(counts.values())
    answered = total - counts["none"]
    percent = round(100 * answered / total, 1) if total else None
    return {**counts, "total": total, "answered": answered, "percent": percent}
