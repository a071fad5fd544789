"""``greenpark ledger``: close a month, verify a closed one, show figures.

Exit 0 good, 1 refused or different, 2 wrong usage.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from greenpark.kernel.periods import Month

app = typer.Typer(help="碳核算台账：月结、核对、查看。The carbon ledger: close, verify, show.", no_args_is_help=True)

_MONTH = Annotated[str, typer.Argument(metavar="MONTH", help="月份 2026-10")]
_ENTERPRISE = Annotated[str, typer.Option("--enterprise", "-e", help="企业编号或 id，缺省为全部 / code or id")]
_JSON = Annotated[bool, typer.Option("--json", help="JSON 输出")]


def _start(month: str) -> Month:
    from greenpark.kernel.periods import Month, NotAPeriod
    from greenpark.project.cli_run import installation_ready

    try:
        parsed = Month.parse(month)
    except NotAPeriod as fault:
        print(fault, file=sys.stderr)
        raise typer.Exit(2) from fault
    installation_ready()
    return parsed


def _ids(enterprise: str) -> list[int] | None:
    """The enterprise named by code, credit code or id; None for all. Exit 2 when there is none."""
    if not enterprise:
        return None
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.registry import facade as registry

    found, _ = registry.enterprises(SYSTEM, limit=None)
    ids = [e.id for e in found if enterprise in (e.code, e.credit_code, str(e.id), e.name)]
    if not ids:
        print(f"没有编号为 {enterprise} 的企业", file=sys.stderr)
        raise typer.Exit(2)
    return ids


def _plain(value: Any) -> Any:
    """JSON of contracts; decimals as text, so that no digit is lost."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _print_json(value: Any) -> None:
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


@app.command("close")
def close(
    month: _MONTH,
    enterprise: _ENTERPRISE = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不结账 / check only")] = False,
    as_json: _JSON = False,
) -> None:
    """月结：检查、核算并固定一个月。Close a month; closing again prints the same digests.

    例：greenpark ledger close 2026-10 ／ greenpark ledger close 2026-10 --enterprise D01 --dry-run
    """
    of, ids = _start(month), _ids(enterprise)
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.carbon import facade
    from greenpark.domains.carbon.contracts import CannotClose

    at = datetime.now(UTC)
    if dry_run:
        found = facade.check_month(month=of, by=SYSTEM, at=at, enterprise_ids=ids)
        if as_json:
            _print_json(found)
        for check in () if as_json else found:
            print(f"{'阻碍' if check.level == 'block' else '提示'}  {check.enterprise}  {check.text}")
        raise typer.Exit(1 if any(c.level == "block" for c in found) else 0)
    try:
        done = facade.close_month(month=of, by=SYSTEM, at=at, enterprise_ids=ids)
    except CannotClose as refused:
        for reason in refused.reasons or (str(refused),):
            print(reason, file=sys.stderr)
        raise typer.Exit(1) from refused
    if as_json:
        _print_json(done)
    else:
        for row in done.closed:
            word = "此前已结" if row.already else "已月结"
            print(f"{word}  {row.enterprise}  {row.figures.tco2e:,.6f} tCO2e  {row.entries} 条  SM3 {row.sm3}")
        print(f"{month} SM3 {done.sm3}")
        print(f"{month} SHA-256 {done.sha256}")
        for check in (*done.refused, *done.warnings):
            print(f"{'未结' if check.level == 'block' else '提示'}：{check.enterprise}：{check.text}", file=sys.stderr)
    raise typer.Exit(1 if done.refused else 0)


@app.command("verify")
def verify(month: _MONTH, enterprise: _ENTERPRISE = "", as_json: _JSON = False) -> None:
    """核对：从读数和因子重算已结月份，指出首个差异。Recompute a closed month; names the first difference.

    例：greenpark ledger verify 2026-10
    """
    of, ids = _start(month), _ids(enterprise)
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.carbon import facade
    from greenpark.domains.carbon.contracts import CannotClose

    try:
        result = facade.verify_month(month=of, by=SYSTEM, enterprise_ids=ids)
    except CannotClose as refused:
        print(refused, file=sys.stderr)
        raise typer.Exit(1) from refused
    if as_json:
        _print_json(result)
    else:
        print(f"{month}：{result.enterprises} 家企业，{result.entries} 条分录，SM3 {result.sm3}")
        first = result.first
        if first is None:
            print("一致")
        else:
            source = f"，核算源 {first.source} {first.source_name}" if first.source else ""
            where = f"{first.enterprise}（{first.enterprise_id}）{source}"
            print(f"首个差异：{where}，{first.figure_name}")
            print(f"  结账时 {first.expected}，现在 {first.actual}")
            print(f"  可能的原因：{first.cause}")
            print(f"共 {len(result.differences)} 处差异", file=sys.stderr)
    raise typer.Exit(0 if result.same else 1)


@app.command("show")
def show(
    month: Annotated[str, typer.Argument(metavar="[MONTH]", help="月份 2026-10，缺省列出各月")] = "",
    enterprise: _ENTERPRISE = "",
    as_json: _JSON = False,
) -> None:
    """查看：各月合计，或一个月各企业、各核算源的数字。Totals by month, or a month's enterprises and sources.

    例：greenpark ledger show ／ greenpark ledger show 2026-10 --enterprise D01 --json
    """
    of = _start(month) if month else None
    if of is None:
        from greenpark.project.cli_run import installation_ready

        installation_ready()
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.carbon import facade
    from greenpark.kernel.periods import Month

    ids = _ids(enterprise)
    if of is None:
        months = [Month.parse(m) for m in facade.months(SYSTEM)]
        rows: Any = facade.month_totals(SYSTEM, months, enterprise_id=ids[0] if ids else None)
        lines = [
            f"{r.month}  {r.figures.tco2e:>18,.3f} tCO2e  {r.figures.tce_calorific:>16,.3f} tce"
            f"  {r.closed}/{r.enterprises} 家已结"
            for r in rows
        ]
    elif ids:
        rows = facade.entries(SYSTEM, of, ids[0])
        lines = [f"{e.source:20} {e.gas:5} {_or_dash(e.tco2e):>18} tCO2e  {e.tier_name}  {e.problem}" for e in rows]
    else:
        rows = facade.ranking(SYSTEM, of)
        lines = [f"{r.enterprise:24} {r.figures.tco2e:>18,.3f} tCO2e  {'已月结' if r.closed else '暂算'}" for r in rows]
    if as_json:
        _print_json(rows)
    else:
        print("\n".join(lines) if lines else "没有台账")


def _or_dash(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:,.6f}"
