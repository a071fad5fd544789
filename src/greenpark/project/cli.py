"""The command line: ``greenpark <noun> <verb>``. Data on stdout, talk on stderr; exit 0 done, 1 failed, 2 wrong usage.

Commands that need the database set Django up themselves, so that `calc`, `hj212` and `workdays` start quickly and run
anywhere.
"""

from __future__ import annotations

import sys
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from greenpark.project import installed
from greenpark.project.cli_calc import calc
from greenpark.project.cli_run import COMMANDS

app = typer.Typer(
    name="greenpark",
    help="绿园：园区能碳环一体化平台。GreenPark: energy, carbon and environment accounts of industrial parks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

#: Noun -> module with ``app: typer.Typer``. Domains add theirs by convention (see project/installed.py).
NOUNS: dict[str, str] = {
    "hj212": "greenpark.project.cli_hj212",
    "ledger": "greenpark.project.cli_ledger",
    "lottery": "greenpark.project.cli_lottery",
    "audit": "greenpark.project.cli_audit",
    "pack": "greenpark.project.cli_pack",
}


def say(text: str) -> None:
    """Talk goes to stderr."""
    print(text, file=sys.stderr, flush=True)


@app.command("workdays")
def workdays(
    start: Annotated[str, typer.Argument(metavar="FROM", help="起算日 2026-09-28")],
    days: Annotated[int, typer.Argument(metavar="DAYS", help="工作日数")],
    count_first: Annotated[bool, typer.Option("--count-first", help="起算日当天计入 / count the first day")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """按国务院办公厅放假安排推算工作日。Working days by the State Council's calendar.

    例：greenpark workdays 2026-09-28 7
    """
    import json

    from greenpark.kernel import workdays as calendar

    try:
        first = date.fromisoformat(start)
    except ValueError as problem:
        say(f"日期应写作 2026-09-28 的形式，现为 {start!r}")
        raise typer.Exit(2) from problem
    try:
        deadline = calendar.add_workdays(first, days, count_first=count_first)
    except ValueError as problem:
        say(str(problem))
        raise typer.Exit(1) from problem
    answer = {
        "end": deadline.end.isoformat(),
        "convention": deadline.convention,
        "calendar_document": deadline.calendar_document,
    }
    print(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(f"{k}: {v}" for k, v in answer.items()))


app.command("calc")(calc)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def _mount() -> None:
    for noun, module in NOUNS.items():
        if find_spec(module):
            app.add_typer(import_module(module).app, name=noun)
    for name, module in installed.modules("commands").items():
        app.add_typer(module.app, name=name)


def main() -> None:
    """Entry point of the ``greenpark`` command."""
    _mount()
    try:
        app(prog_name="greenpark")
    except OSError as problem:
        # A file or folder of the user: its name and what is wrong with it, not where in our code it was noticed.
        if problem.filename is None:
            raise
        say(f"{problem.filename}：{problem.strerror}")
        raise SystemExit(1) from problem
