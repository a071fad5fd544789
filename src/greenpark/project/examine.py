"""``greenpark doctor``: what is wrong, in words that an operator can act on, each with one command that helps."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.telemetry import facade as telemetry
from greenpark.domains.telemetry.selectors import gateways
from greenpark.kernel import workdays
from greenpark.kernel.periods import from_us, to_us
from greenpark.project.gateway_file import BadGatewayFile, load

#: Less free space than this is a warning, a tenth of it is bad [bytes].
ROOM = 10 * 2**30
#: Days not sealed beyond this many mean that the worker does not run.
UNSEALED_DAYS = 5


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``level`` is ok, warn or bad."""

    level: str
    what: str
    fix: str = ""


def _python(now: datetime) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", f"Python {version}，Django {__import__('django').__version__}")


def _room(now: datetime) -> Iterator[Finding]:
    folder = Path(settings.VAR)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = f"{folder} 剩余空间 {free / 2**30:.1f} GiB"
    level = "ok" if free > ROOM else "warn" if free > ROOM / 10 else "bad"
    yield Finding(level, words, "" if level == "ok" else "清理磁盘，或把 GREENPARK_HISTORY 指向更大的磁盘")
    if not os.access(folder, os.W_OK):
        yield Finding("bad", f"{folder} 不可写", f"chown -R $(id -un) {folder}")


def _secret(now: datetime) -> Iterator[Finding]:
    if str(settings.SECRET_KEY).startswith("not-initialised"):
        yield Finding("bad", "没有密钥：登录会话在重启后失效", "./greenpark init")
    else:
        yield Finding("ok", "密钥已设置")


def _database(now: datetime) -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as problem:
        yield Finding("bad", f"数据库无法使用：{problem}", "检查 GREENPARK_DATABASE_URL 与数据库服务")
        return
    if plan:
        yield Finding("bad", f"数据库结构落后 {len(plan)} 步", "./greenpark init")
        return
    yield Finding("ok", f"数据库 {connection.vendor} 结构为最新")
    chain = accounts.verify()
    if chain.intact:
        yield Finding("ok", f"审计链完整，{chain.events} 条")
    else:
        yield Finding(
            "bad", f"审计链在第 {chain.first_fault} 条断开：{chain.reason}", "./greenpark audit verify，通知审计管理员"
        )


def _readings(now: datetime) -> Iterator[Finding]:
    store = telemetry.access().store
    waiting = store.dirty_days()
    if len(waiting) > UNSEALED_DAYS:
        words = f"{len(waiting)} 天的读数尚未封存，最早 {waiting[0]}"
        yield Finding("warn", words, "确认后台任务在运行：./greenpark serve")
    else:
        yield Finding("ok", f"读数库可用，待封存 {len(waiting)} 天")
    newest = telemetry.access().store.latest(None).times
    if len(newest):
        age = (to_us(now) - int(newest.max())) / 1e6
        words = f"最新读数 {from_us(int(newest.max())).astimezone():%Y-%m-%d %H:%M:%S}"
        yield Finding("ok" if age < 3600 else "warn", words, "" if age < 3600 else "查看页面「网关状态」与「拒收报文」")


def _gateways(now: datetime) -> Iterator[Finding]:
    file = Path(settings.VAR) / "gateways.toml"
    try:
        load(file, status_file=Path(settings.VAR) / "run" / "gateways.json")
    except BadGatewayFile as problem:
        yield Finding("bad", str(problem), f"编辑 {file}，说明见 docs/how-to/gateways.md")
    else:
        yield Finding("ok", f"网关配置 {file} 有效")
    for status in gateways.gateway_status(to_us(now)):
        if status["alive"]:
            yield Finding("ok", f"网关在运行，每秒 {status['readings_per_s']} 条读数，排队 {status['queued']}")
        else:
            yield Finding("warn", "网关没有在运行", "./greenpark serve")


def _calendar(now: datetime) -> Iterator[Finding]:
    try:
        workdays.add_workdays(date(now.year, 12, 1), 1)
    except ValueError as problem:
        words = f"工作日历不含 {now.year} 年：{problem}"
        yield Finding("warn", words, "按国务院办公厅通知补充 packs/standards/workdays")
    else:
        yield Finding("ok", f"工作日历含 {now.year} 年")


def _settings(now: datetime) -> Iterator[Finding]:
    for message in run_checks():
        if message.level >= ERROR:
            yield Finding("bad", f"设置有误：{message.msg}", message.hint or "按提示修改环境变量 GREENPARK_…")
    if settings.DEBUG:
        yield Finding("warn", "调试模式已打开", "去掉 GREENPARK_DEBUG")


#: In the order of the report; each is tried even when an earlier one failed.
CHECKS: tuple[Callable[[datetime], Iterator[Finding]], ...] = (
    _python,
    _room,
    _settings,
    _secret,
    _database,
    _readings,
    _gateways,
    _calendar,
)


def examine(now: datetime) -> list[Finding]:
    """Every finding. A check that fails itself is a finding."""
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found.extend(check(now))
        except Exception as problem:  # noqa: BLE001 - a doctor does not faint
            found.append(Finding("bad", f"{check.__name__.strip('_')}：{type(problem).__name__}: {problem}"))
    return found
