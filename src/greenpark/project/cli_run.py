"""Commands that run and look after an installation: demo, serve, gateway, worker, init, doctor, backup, restore, …"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from greenpark.project import serving
from greenpark.project.supervisor import ChildDidNotStart, Supervisor

ROOT = Path(__file__).resolve().parents[3]
Host = Annotated[str, typer.Option(help="监听地址 / address to listen on")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="网页端口 / port of the web")]
Json = Annotated[bool, typer.Option("--json", help="JSON 输出")]


def say(text: str) -> None:
    """Talk goes to stderr."""
    print(text, file=sys.stderr, flush=True)


def django_ready() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenpark.project.settings")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    import django

    django.setup()


def installation_ready() -> None:
    """Django on an initialised database; where there is none, say what to do and exit 1 without making one."""
    django_ready()
    from django.conf import settings
    from django.db import DatabaseError, connection

    name = str(connection.settings_dict["NAME"])
    # Asking a SQLite file that is not there would make it; a database in memory has none.
    there = connection.vendor != "sqlite" or "memory" in name or Path(name).exists()
    try:
        if there and "django_migrations" in connection.introspection.table_names():
            return
    except DatabaseError as problem:
        say(f"数据库无法使用：{problem}\n请执行 ./greenpark doctor 查看原因")
        raise typer.Exit(1) from problem
    say(f"{settings.VAR} 中没有初始化的安装。请执行 ./greenpark init")
    if (ROOT / "var" / "demo" / "greenpark.sqlite3").exists():
        say(f"若要对演示数据执行，先设 export GREENPARK_VAR={ROOT / 'var' / 'demo'}")
    raise typer.Exit(1)


def claimed(address: serving.Address, folder: Path) -> Any:
    """The claim on port and folder; exit 1 with the reason when it cannot be had."""
    try:
        return serving.claim(address, folder)
    except serving.CannotStart as problem:
        say(f"启动失败：{problem}")
        raise typer.Exit(1) from problem


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    check: Annotated[bool, typer.Option("--check", help="启动、核对总览有实时数据后退出")] = False,
    folder: Annotated[Path, typer.Option(help="演示数据所在文件夹；删除即重新开始")] = ROOT / "var" / "demo",
) -> None:
    """演示：用真实测量序列驱动全部网关，打开角色选择页。Demo with real recordings.

    例：./start --port 8010 ／ ./start --check
    """
    from greenpark.project.demo import run as runner

    if check and port == 8000:
        port = runner.free_port()
    address = serving.Address(host, port)
    claim = claimed(address, folder)
    runner.environment(folder, address)
    django_ready()
    say(f"绿园演示：{address.url}（首次约需一分钟准备历史数据；Ctrl-C 停止）")
    with claim:
        status = runner.run(runner.Demo(folder, ROOT / "packs", address, say, browser=not check), check=check)
    raise typer.Exit(status)


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """运行：网页、网关、后台任务。Run web, gateways and worker under one supervisor.

    例：greenpark serve --host 0.0.0.0 --port 8000
    """
    installation_ready()
    from django.conf import settings

    address = serving.Address(host, port)
    claim = claimed(address, Path(settings.VAR))
    os.environ["GREENPARK_VAR"] = str(settings.VAR)
    supervisor = Supervisor(say=say)
    supervisor.handle_signals()
    try:
        serving.start_all(supervisor, address, settings.VAR / "gateways.toml")
    except ChildDidNotStart as problem:
        say(f"{problem}\n先执行 ./greenpark doctor 查看原因")
        supervisor.stop_children()
        raise typer.Exit(1) from problem
    say(f"就绪：{address.url}")
    with claim:
        supervisor.watch()


def gateway(config: Annotated[Path, typer.Option(help="网关配置 TOML")]) -> None:
    """只运行网关进程。Run the gateways alone.

    例：greenpark gateway --config var/gateways.toml
    """
    django_ready()
    from django.conf import settings

    from greenpark.domains.telemetry.services.gateways import gateway_parts
    from greenpark.ingest.runtime import run_gateways
    from greenpark.project.gateway_file import BadGatewayFile, load

    try:
        chosen = load(config, status_file=settings.VAR / "run" / "gateways.json")
    except BadGatewayFile as problem:
        say(str(problem))
        raise typer.Exit(2) from problem
    run_gateways(chosen, gateway_parts)


def worker() -> None:
    """只运行后台任务：封存、台账、维护。Run scheduled work alone."""
    django_ready()
    from greenpark.project import worker as scheduled

    scheduled.run()


def init(
    region: Annotated[Path, typer.Option(help="地区数据包")] = ROOT / "packs" / "regions" / "wuhai",
    admin: Annotated[str, typer.Option(help="系统管理员用户名", prompt="系统管理员用户名")] = "admin",
    password: Annotated[str, typer.Option(help="初始密码", prompt="初始密码", hide_input=True,
                                          confirmation_prompt=True, envvar="GREENPARK_ADMIN_PASSWORD")] = "",
) -> None:  # fmt: skip
    """初始化：数据库、密钥、地区包、系统管理员。没有默认密码。

    例：greenpark init --admin zhang
    """
    django_ready()
    from greenpark.project import initialise

    try:
        for line in initialise.run(region, ROOT / "packs" / "standards", admin, password, now=datetime.now(UTC)):
            say(line)
    except ValueError as problem:
        say(str(problem))
        raise typer.Exit(1) from problem


def doctor(as_json: Json = False) -> None:
    """检查安装：指出问题、原因和一条修复命令。Check the installation.

    例：greenpark doctor
    """
    django_ready()
    from greenpark.project import examine

    findings = examine.examine(datetime.now(UTC))
    if as_json:
        print(json.dumps([asdict(f) for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            mark = {"ok": "●", "warn": "▲", "bad": "◆"}[finding.level]
            print(f"{mark} {finding.what}" + (f"\n    处理：{finding.fix}" if finding.fix else ""))
    if any(f.level == "bad" for f in findings):
        raise typer.Exit(1)


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV 或 Excel")],
    partial: Annotated[bool, typer.Option("--partial", help="有错误时只导入无误的部分")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预览")] = False,
    errors: Annotated[Path | None, typer.Option(help="有错误时把标注后的工作簿写到这里")] = None,
) -> None:
    """导入读数文件：先预览，再一次写入。Import readings from CSV or Excel.

    例：greenpark import 10月电表.xlsx --errors 10月电表-校验.xlsx
    """
    installation_ready()
    from greenpark.project.importing import import_readings

    raise typer.Exit(import_readings(file, partial=partial, dry_run=dry_run, errors=errors, say=say))


def simulate(
    mn: Annotated[str, typer.Option(help="站点 MN")],
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="HJ 212 端口")] = 9212,
    factors: Annotated[str, typer.Option(help="因子，逗号分隔")] = "a21026,a21002,a34013",
    every: Annotated[float, typer.Option(help="间隔秒")] = 30.0,
    count: Annotated[int, typer.Option(help="发送条数；0 为不停")] = 0,
    edition: Annotated[str, typer.Option(help="2005、2017 或 2025")] = "2017",
    bad_crc: Annotated[float, typer.Option(help="校验错误的比例 0—1")] = 0.0,
) -> None:
    """模拟一个 HJ 212 站点（数值为正弦，标为模拟）。Simulate an HJ 212 station.

    例：greenpark simulate --mn DE0000000000000000000B01 --count 3 --every 1
    """
    from greenpark.project.simulating import station

    sent = asyncio.run(
        station(host, port, mn, factors.split(","), every_s=every, count=count, edition=edition, bad_crc=bad_crc)
    )
    say(f"发送 {sent.sent}，应答 {sent.acknowledged}，重发 {sent.resent}，放弃 {sent.given_up}")
    if sent.given_up:
        raise typer.Exit(1)


def backup(target: Annotated[Path, typer.Argument(help="空文件夹")]) -> None:
    """备份：数据库、读数、历史、配置；运行中也可执行。Back up while running.

    例：greenpark backup /backup/2026-11-22
    """
    installation_ready()
    from greenpark.project import backups

    _report(backups.backup(target, now=datetime.now(UTC)))


def restore(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="备份文件夹")],
    yes: Annotated[bool, typer.Option("--yes", help="确认写入当前的空安装")] = False,
) -> None:
    """由备份恢复到一个空的安装。Restore into an empty installation.

    例：GREENPARK_VAR=var/new greenpark restore /backup/2026-11-22 --yes
    """
    django_ready()
    from greenpark.project import backups

    if not yes:
        say("恢复会写入 GREENPARK_VAR 指向的安装，它必须是空的。确认请加 --yes")
        raise typer.Exit(2)
    _report(backups.restore(source))


def _report(outcome: Any) -> None:
    from greenpark.project.backups import BackupRefused

    try:
        for line in outcome:
            say(line)
    except BackupRefused as problem:
        say(str(problem))
        raise typer.Exit(1) from problem


#: Command -> function.
COMMANDS = {
    "demo": demo,
    "serve": serve,
    "gateway": gateway,
    "worker": worker,
    "init": init,
    "doctor": doctor,
    "import": import_file,
    "simulate": simulate,
    "backup": backup,
    "restore": restore,
}
