"""``greenpark pack``: check a region pack, look at the difference, load it.

Exit 0 good, 1 broken, 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="规划数据包：检查、载入。Policy packs: check, load.", no_args_is_help=True)

_FOLDER = Annotated[Path, typer.Argument(metavar="PATH", help="数据包文件夹，例 packs/regions/wuhai")]
_JSON = Annotated[bool, typer.Option("--json", help="JSON 输出")]
_WORDS = {"new": "新增", "changed": "更新", "gone": "数据包中已无", "back": "恢复"}


def _faults(folder: Path) -> tuple[dict[str, Any], list[str]]:
    from greenpark.kernel.packs import BrokenPack
    from greenpark.project.cli_run import django_ready

    django_ready()
    from greenpark.domains.planning import facade as planning
    from greenpark.domains.registry import facade as registry

    try:
        plan, faults = planning.examine(folder)
    except BrokenPack as broken:
        return {}, [str(broken)]
    texts = [str(fault) for fault in faults]
    try:
        registry.read_region(folder)
    except BrokenPack as broken:
        texts += [str(fault) for fault in (broken, *broken.others) if str(fault) not in texts]
    texts += _unknown_pages(plan.tables.get("coverage", []))
    covered = planning.coverage(plan.tables) if not faults else {}
    answer = {
        "pack": plan.id,
        "edition": plan.edition,
        "sha256": plan.digest,
        "counts": dict(plan.counts),
        "coverage": covered,
    }
    return answer, texts


def _unknown_pages(rows: list[dict[str, Any]]) -> list[str]:
    """A coverage row names a page that opens without arguments."""
    from django.urls import NoReverseMatch, reverse

    wrong = []
    for row in rows:
        try:
            if row["url_name"]:
                reverse(row["url_name"])
        except NoReverseMatch:
            wrong.append(f"数据包有误：coverage，{row['system']}：没有页面 {row['url_name']!r}")
    return wrong


@app.command("check")
def check(folder: _FOLDER, as_json: _JSON = False) -> None:
    """检查数据包：结构、引用、单位、原文逐字、数量与条款覆盖。Check schema, references, units, quotes, coverage.

    例：greenpark pack check packs/regions/wuhai --json
    """
    answer, faults = _faults(folder)
    if as_json:
        print(json.dumps({**answer, "ok": not faults, "faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            print(fault, file=sys.stderr)
        for name, count in answer.get("counts", {}).items():
            print(f"{name}\t{count}")
        for name, part in answer.get("coverage", {}).items():
            print(f"coverage {name}\t{part['answered']}/{part['total']}\t{part['percent']} %")
    if faults:
        print(f"{folder}：{len(faults)} 处问题", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{folder}：没有问题", file=sys.stderr)


@app.command("load")
def load(
    folder: _FOLDER,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看差异，不写入 / show the difference only")] = False,
    as_json: _JSON = False,
) -> None:
    """载入数据包的名录与规划；可重复执行，人工填写与决定不受影响。Load registry and plan; idempotent.

    例：greenpark pack load packs/regions/wuhai --dry-run
    """
    answer, faults = _faults(folder)
    if faults:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise typer.Exit(1)
    from django.db import transaction

    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.planning import facade as planning
    from greenpark.domains.registry import facade as registry

    now = datetime.now(UTC)
    with transaction.atomic():
        places = registry.load_region(folder, by=SYSTEM, at=now, dry_run=dry_run)
        report = planning.load_plan(folder, by=SYSTEM, at=now, dry_run=dry_run)
    changes = [
        {"kind": c.kind, "code": c.code, "what": c.what, "fields": {k: list(v) for k, v in c.fields.items()}}
        for c in report.changes
    ]
    if as_json:
        names = {"changes": len(places.changes), "unchanged": places.unchanged}
        full = {**answer, "dry_run": dry_run, "changes": changes, "unchanged": report.unchanged, "registry": names}
        print(json.dumps(full, ensure_ascii=False))
        return
    for change in report.changes:
        fields = "；".join(f"{name}：{old or '空'} → {new or '空'}" for name, (old, new) in change.fields.items())
        print(f"{_WORDS[change.what]}\t{change.kind}\t{change.code}\t{fields}".rstrip())
    counts = "，".join(f"{word} {report.count(what)}" for what, word in _WORDS.items())
    verb = "将载入" if dry_run else "已载入"
    print(
        f"{verb} {report.pack} {report.edition}：{counts}，不变 {report.unchanged}；名录变化 {len(places.changes)}",
        file=sys.stderr,
    )
