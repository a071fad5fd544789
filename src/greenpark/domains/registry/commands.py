"""``greenpark registry``: load a region pack, look at it first."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="企业名录与监测点。Enterprises and points.", no_args_is_help=True)

_WORDS = {"new": "新增", "changed": "更新", "kept": "保留人工修改", "gone": "数据包中已无"}


@app.command("load-pack")
def load_pack(
    folder: Annotated[Path, typer.Argument(help="数据包文件夹，例 packs/regions/wuhai")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看差异，不写入 / show the difference only")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """载入地区数据包；可重复执行，不覆盖人工修改。Load a region pack; idempotent, keeps what people changed.

    例：greenpark registry load-pack packs/regions/wuhai --dry-run
    """
    import django

    from greenpark.kernel.packs import BrokenPack

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenpark.project.settings")
    django.setup()
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.registry import facade

    try:
        report = facade.load_region(folder, by=SYSTEM, at=datetime.now(UTC), dry_run=dry_run)
    except BrokenPack as broken:
        for fault in (broken, *broken.others):
            print(fault, file=sys.stderr)
        raise typer.Exit(1) from broken
    changes = [
        {"table": c.table, "key": c.key, "what": c.what, "fields": {k: list(v) for k, v in c.fields.items()}}
        for c in report.changes
    ]
    if as_json:
        answer = {"pack": report.pack, "edition": report.edition, "unchanged": report.unchanged, "changes": changes}
        print(json.dumps(answer, ensure_ascii=False))
        return
    for change in report.changes:
        fields = "；".join(f"{name}：{old or '空'} → {new or '空'}" for name, (old, new) in change.fields.items())
        print(f"{_WORDS[change.what]}\t{change.table}\t{change.key}\t{fields}".rstrip())
    counts = "，".join(f"{word} {report.count(what)}" for what, word in _WORDS.items())
    verb = "将载入" if dry_run else "已载入"
    print(f"{verb} {report.pack} {report.edition}：{counts}，不变 {report.unchanged}", file=sys.stderr)
