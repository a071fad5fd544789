"""``greenpark audit``: check the audit chain, write it out for somebody else to check."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="审计日志：核验与导出。The audit trail: verify and export.", no_args_is_help=True)


def _django() -> None:
    from greenpark.project.cli_run import installation_ready

    installation_ready()


@app.command("verify")
def verify(
    head: Annotated[str, typer.Option(help="上次记下的链尾摘要，用于发现尾部被截短 / head noted earlier")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """从第一个事件起重算审计链。Recompute the audit chain; exit 1 when it does not fit.

    例：greenpark audit verify --head 77f90c2e…
    """
    _django()
    from greenpark.domains.accounts import facade as accounts

    report = accounts.verify()
    missing = bool(head) and not accounts.chain_has(head)
    good = report.intact and not missing
    if as_json:
        fault = {"first_fault": report.first_fault, "reason": report.reason}
        answer = {"events": report.events, "intact": good, "head": report.head, **fault}
        if head:
            answer["head_found"] = not missing
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(f"事件 {report.events} 个，链尾 {report.head}")
        if report.reason:
            print(report.reason, file=sys.stderr)
        if missing:
            print("记下的链尾摘要不在链中：末尾事件被删除或整条链被替换", file=sys.stderr)
        print("完整" if good else "不完整", file=sys.stderr)
    raise typer.Exit(0 if good else 1)


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="写入的文件，缺省为标准输出")] = None,
) -> None:
    """导出全部事件，每行一个 JSON，外部人员可独立核验。Every event as JSON lines, format gp-audit-1.

    例：greenpark audit export audit.jsonl
    """
    _django()
    from greenpark.domains.accounts import facade as accounts

    if file is None:
        sys.stdout.writelines(accounts.exported_events())
    else:
        with file.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(accounts.exported_events())
        print(f"已写入 {file}", file=sys.stderr)
