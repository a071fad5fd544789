"""``greenpark import``: the same preview and the same one commit as the page 数据导入."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.telemetry.services import imports
from greenpark.ingest.files.workbooks import error_workbook


def import_readings(
    file: Path, *, partial: bool, dry_run: bool, errors: Path | None, say: Callable[[str], None]
) -> int:
    """Preview, then store. Exit status: 0 stored, 1 refused or with errors, nothing stored unless ``partial``."""
    now = datetime.now(UTC)
    shown = imports.upload(name=file.name, data=file.read_bytes(), by=SYSTEM, at=now)
    if shown.state == "refused":
        say(f"文件不可用：{shown.detail.get('reason', '')}")
        return 1
    say(f"预览：新增 {shown.new}，更新 {shown.updated}，不变 {shown.unchanged}，错误 {shown.errors}")
    if shown.errors and errors is not None:
        errors.write_bytes(error_workbook(imports.with_errors(SYSTEM, shown.id, now)))
        say(f"错误已标注在 {errors}")
    if dry_run or (shown.errors and not partial):
        imports.drop(import_id=shown.id, by=SYSTEM, at=now)
        say("未导入" + ("（只预览）" if dry_run else "：有错误。改正后重试，或加 --partial 只导入无误的部分"))
        return 0 if dry_run else 1
    done = imports.confirm(import_id=shown.id, partial=partial, by=SYSTEM, at=now)
    say(f"已导入 {done.accepted} 条")
    return 0
