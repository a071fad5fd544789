"""Monthly reports: typing, submitting, reviewing, evidence, reminders, import."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import (
    ImportPreview,
    ImportRefused,
    ImportRow,
    NotFound,
    ReportRefused,
    ReportState,
)
from greenpark.domains.carbon.rules import canonical, items, reporting, sheets
from greenpark.domains.carbon.selectors import enterprises, reports, sources
from greenpark.domains.carbon.services import workbooks
from greenpark.domains.registry.contracts import EnterpriseView
from greenpark.kernel.periods import Month

EVIDENCE_TYPES: dict[str, bytes] = {
    "pdf": b"%PDF",
    "png": b"\x89PNG",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "xlsx": b"PK\x03\x04",
    "docx": b"PK\x03\x04",
    "zip": b"PK\x03\x04",
}
MAX_EVIDENCE = 20 * 1024 * 1024


def save_report(
    *,
    enterprise_id: int,
    month: Month,
    values: Mapping[str, str],
    by: Actor,
    at: datetime,
    filled_by: str = "",
    phone: str = "",
    note: str = "",
    submit: bool = False,
) -> int:
    """Save typed values as a draft, or submit them. Returns the report's id.

    ``values`` are item code -> typed text; an empty text removes the item. Every change is kept. Raises NotAllowed,
    NotFound, and ReportRefused with one message per field, in which case nothing is saved.
    """
    by.need("carbon.report")
    enterprise = enterprises.one(by, enterprise_id)
    parsed, errors = _parsed(values)
    names = {i.code: i.name for i in items.ITEMS}
    kept = {code: v for code, v in parsed.items() if v is not None}
    part_of = {i.code: i.part_of for i in items.ITEMS if i.part_of}
    errors |= reporting.cross_checks(kept, part_of, names)
    if submit and not kept:
        errors["values"] = "没有填写任何项目，不能提交；当月确无发生的项目请填 0"
    if errors:
        raise ReportRefused(f"有 {len(errors)} 处需要修改", errors)
    with transaction.atomic():
        report = _editable(enterprise, month, by, at)
        _write_values(report, parsed, by, at)
        report.filled_by, report.phone, report.note = filled_by[:80] or by.name, phone[:30], note[:500]
        report.changed_at = at
        report.save(update_fields=["filled_by", "phone", "note", "changed_at"])
        if submit:
            _move(report, "submit", "", by, at, enterprise)
        else:
            _audit("saved", report, by, at, enterprise, {"items": len(kept)})
    return report.pk


def _parsed(values: Mapping[str, str]) -> tuple[dict[str, Decimal | None], dict[str, str]]:
    parsed: dict[str, Decimal | None] = {}
    errors: dict[str, str] = {}
    for code, text in values.items():
        if code not in items.BY_CODE:
            errors[code] = f"没有名为「{code}」的填报项目"
            continue
        try:
            parsed[code] = reporting.amount(str(text))
        except ReportRefused as refused:
            errors[code] = str(refused)
    return parsed, errors


def _editable(enterprise: EnterpriseView, month: Month, by: Actor, at: datetime) -> models.MonthlyReport:
    _not_closed(enterprise, month)
    if Month.of(at.date()) < month:
        raise ReportRefused(f"{month} 还没有到，不能填报")
    report, _ = models.MonthlyReport.objects.select_for_update().get_or_create(
        enterprise_id=enterprise.id, month=str(month), defaults={"changed_at": at, "state": ReportState.DRAFT}
    )
    if report.state not in reporting.EDITABLE:
        raise ReportRefused("月报已提交，不能再修改；请先撤回，或请核验人退回")
    return report


def _not_closed(enterprise: EnterpriseView, month: Month) -> None:
    if models.LedgerPeriod.objects.filter(enterprise_id=enterprise.id, month=str(month), closed=True).exists():
        raise ReportRefused(f"{month} 已月结，月报不能再改；请用更正分录")


def _write_values(report: models.MonthlyReport, parsed: Mapping[str, Decimal | None], by: Actor, at: datetime) -> None:
    before = {v.item: v for v in report.values.all()}
    history = []
    for code, value in parsed.items():
        old = before.get(code)
        if (old.value if old else None) == value:
            continue
        history.append(
            models.ReportChange(
                report=report,
                at=at,
                by=by.name,
                action="value",
                item=code,
                before=_plain(old.value) if old else "",
                after="" if value is None else _plain(value),
            )
        )
        if value is None:
            before[code].delete()
        else:
            models.ReportValue.objects.update_or_create(report=report, item=code, defaults={"value": value})
    models.ReportChange.objects.bulk_create(history)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@transaction.atomic
def move_report(*, enterprise_id: int, month: Month, verb: str, by: Actor, at: datetime, opinion: str = "") -> str:
    """Submit, withdraw, verify or return a report. Returns the new state.

    Raises NotAllowed, NotFound, ReportRefused.
    """
    enterprise = enterprises.one(by, enterprise_id)
    report = (
        models.MonthlyReport.objects.select_for_update().filter(enterprise_id=enterprise_id, month=str(month)).first()
    )
    if report is None:
        raise NotFound(f"{enterprise.name}还没有 {month} 的月报")
    _move(report, verb, opinion, by, at, enterprise)
    return report.state


def _move(
    report: models.MonthlyReport, verb: str, opinion: str, by: Actor, at: datetime, enterprise: EnterpriseView
) -> None:
    step = reporting.move(verb, report.state, opinion)
    by.need(step.permission)
    _not_closed(enterprise, Month.parse(report.month))
    before, report.state = report.state, step.target
    report.opinion = opinion.strip()[:500]
    report.changed_at = at
    if verb == "submit":
        report.submitted_at = at
    if verb in ("verify", "return"):
        report.reviewed_by, report.verified_at = by.name, at if verb == "verify" else None
    report.save()
    models.ReportChange.objects.create(
        report=report, at=at, by=by.name, action=verb, before=before, after=report.state, opinion=report.opinion
    )
    _audit(f"{verb}", report, by, at, enterprise, {"from": before, "to": report.state, "opinion": report.opinion})


def _audit(
    verb: str,
    report: models.MonthlyReport,
    by: Actor,
    at: datetime,
    enterprise: EnterpriseView,
    detail: dict[str, object],
) -> None:
    accounts.record(
        action=f"carbon.report.{verb}",
        subject=f"enterprise:{enterprise.id}/{report.month}/report",
        by=by,
        at=at,
        detail=detail,
        organisation_id=enterprise.organisation_id,
    )


def attach(
    *, enterprise_id: int, month: Month, name: str, content: bytes, by: Actor, at: datetime, item: str = ""
) -> str:
    """Attach a document; returns its SHA-256. The same file again changes nothing.

    The type is judged by the first bytes, not by the name alone. Raises NotAllowed, NotFound, ReportRefused.
    """
    by.need("carbon.report")
    enterprise = enterprises.one(by, enterprise_id)
    if not content:
        raise ReportRefused("请先选择文件，空文件不能作为附件")
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    magic = EVIDENCE_TYPES.get(suffix)
    if magic is None or not content.startswith(magic):
        raise ReportRefused(f"附件应为 {'、'.join(EVIDENCE_TYPES)} 文件，「{name}」不是或内容与后缀不符")
    if len(content) > MAX_EVIDENCE:
        raise ReportRefused(f"附件 {len(content) / 1048576:.1f} MB，大于上限 20 MB")
    digest = canonical.sha256(content)
    with transaction.atomic():
        report = _editable(enterprise, month, by, at)
        _, fresh = models.Evidence.objects.get_or_create(
            report=report,
            sha256=digest,
            defaults={
                "name": name.replace("\\", "/").rsplit("/", 1)[-1][:200],
                "size": len(content),
                "sm3": canonical.sm3(content),
                "item": item,
                "at": at,
                "by": by.name,
            },
        )
        if fresh:
            _keep(digest, content)
            models.ReportChange.objects.create(
                report=report, at=at, by=by.name, action="attach", after=digest[:60], opinion=name[:500]
            )
            _audit("attached", report, by, at, enterprise, {"name": name[:200], "sha256": digest})
    return digest


def evidence_path(sha256: str) -> Path:
    return Path(settings.VAR) / "evidence" / sha256[:2] / sha256


def _keep(digest: str, content: bytes) -> None:
    path = evidence_path(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_suffix(f".{secrets.token_hex(4)}")
        part.write_bytes(content)
        part.replace(path)


@transaction.atomic
def remind(*, enterprise_id: int, month: Month, by: Actor, at: datetime) -> str:
    """Send a reminder 催报; at most one in 24 hours. Returns its text. Raises NotAllowed, NotFound, ReportRefused."""
    by.need("carbon.review")
    enterprise = enterprises.one(by, enterprise_id)
    report = models.MonthlyReport.objects.filter(enterprise_id=enterprise_id, month=str(month)).first()
    if report is not None and report.state in (ReportState.SUBMITTED, ReportState.VERIFIED):
        raise ReportRefused("月报已提交，不需要催报")
    last = models.Reminder.objects.filter(enterprise_id=enterprise_id, month=str(month)).first()
    if last is not None and at - last.at < timedelta(hours=24):
        raise ReportRefused("24 小时内已催报过一次，请稍后再催")
    text = f"请{enterprise.name}尽快填报 {month} 能源与碳排放月报。"
    models.Reminder.objects.create(enterprise_id=enterprise_id, month=str(month), at=at, by=by.name, text=text)
    accounts.record(
        action="carbon.report.reminded",
        subject=f"enterprise:{enterprise_id}/{month}/report",
        by=by,
        at=at,
        detail={},
        organisation_id=enterprise.organisation_id,
    )
    return text


def known_for(by: Actor) -> list[sheets.Known]:
    """Enterprises that the actor may report, as the worksheet knows them."""
    return [
        sheets.Known(e.id, enterprises.reporting_code(e), e.name, e.short_name)
        for e in enterprises.visible(by).values()
    ]


@transaction.atomic
def preview_import(*, month: Month, content: bytes, file_name: str, by: Actor, at: datetime) -> ImportPreview:
    """Read a filled template and say what importing it would do; the file is parked for confirmation.

    Raises NotAllowed, and ImportRefused for a file that cannot be used at all.
    """
    by.need("carbon.report")
    rows = _rows(month, content, file_name, by)
    parked = models.ParkedImport.objects.create(
        token=secrets.token_urlsafe(18),
        month=str(month),
        file_name=file_name[:200],
        content=content,
        sha256=canonical.sha256(content),
        by_id=by.id,
        at=at,
    )
    models.ParkedImport.objects.filter(at__lt=at - timedelta(days=7)).delete()
    return ImportPreview(str(month), tuple(rows), parked.token)


def _rows(month: Month, content: bytes, file_name: str, by: Actor) -> list[ImportRow]:
    grid = workbooks.read(content, file_name)
    sheets.check_stamp(grid, str(month))
    columns = sheets.columns_of(grid)
    known = known_for(by)
    before: dict[int, dict[str, Decimal]] = {}
    for value in models.ReportValue.objects.filter(
        report__month=str(month), report__enterprise_id__in=[k.enterprise_id for k in known]
    ).select_related("report"):
        before.setdefault(value.report.enterprise_id, {})[value.item] = value.value
    rows = sheets.rows_of(grid, columns, known, before)
    if not rows:
        raise ImportRefused("文件里没有填写任何企业的数据")
    return rows


def parked(token: str, by: Actor) -> models.ParkedImport:
    """The uploaded file behind a preview; only for whoever uploaded it. Raises NotFound."""
    row = models.ParkedImport.objects.filter(token=token, by_id=by.id).first()
    if row is None:
        raise NotFound("导入预览已过期或不是您上传的，请重新上传文件")
    return row


def apply_import(*, token: str, by: Actor, at: datetime, partial: bool = False, submit: bool = False) -> ImportPreview:
    """Write the rows of a previewed import: all or nothing, or with ``partial`` the rows without errors.

    Existing values that the file leaves empty stay. Applying the same file twice changes nothing. Raises NotAllowed,
    NotFound, ImportRefused.
    """
    by.need("carbon.report")
    row = parked(token, by)
    month = Month.parse(row.month)
    preview = _rows(month, bytes(row.content), row.file_name, by)
    if any(r.errors for r in preview) and not partial:
        raise ImportRefused("文件中还有错误的行：请改正后重新上传，或选择只导入没有错误的行")
    with transaction.atomic():
        for item in preview:
            if item.errors or item.enterprise_id is None:
                continue
            _import_row(item, month, by, at, submit)
        row.applied_at = at
        row.save(update_fields=["applied_at"])
        accounts.record(
            action="carbon.report.imported",
            subject=f"import:{month}",
            by=by,
            at=at,
            detail={"file": row.file_name, "sha256": row.sha256, "rows": len(preview), "partial": partial},
        )
    return ImportPreview(str(month), tuple(preview), token, applied=True)


def _import_row(item: ImportRow, month: Month, by: Actor, at: datetime, submit: bool) -> None:
    assert item.enterprise_id is not None
    values = {c: t for c, t in item.values.items() if c != "note"}
    report = models.MonthlyReport.objects.filter(enterprise_id=item.enterprise_id, month=str(month)).first()
    if item.kind == "same" and (not submit or (report and report.state not in reporting.EDITABLE)):
        return
    try:
        save_report(
            enterprise_id=item.enterprise_id,
            month=month,
            values=values,
            note=item.values.get("note", report.note if report else ""),
            phone=report.phone if report else "",
            by=by,
            at=at,
            submit=submit,
        )
    except ReportRefused as refused:
        raise ImportRefused(f"第 {item.line} 行 {item.enterprise}：{refused}") from refused


def import_preview(*, token: str, by: Actor) -> ImportPreview:
    """The preview of a parked file, judged against what is reported now. Raises NotFound, ImportRefused."""
    row = parked(token, by)
    rows = _rows(Month.parse(row.month), bytes(row.content), row.file_name, by)
    return ImportPreview(row.month, tuple(rows), token, row.applied_at is not None)


def report_template(*, month: Month, by: Actor, at: datetime) -> bytes:
    """The Excel template of a month for the enterprises that the actor may report. Raises NotAllowed."""
    by.need("carbon.report")
    known = known_for(by)
    needed = reports.wanted_items([k.enterprise_id for k in known], month, at)
    with_sources = sources.report_items([k.enterprise_id for k in known], month, at)
    chosen = [k for k in known if k.enterprise_id in with_sources] or known
    return workbooks.template(str(month), chosen, needed)


def error_workbook(*, token: str, by: Actor, only_errors: bool = False) -> bytes:
    """The uploaded workbook with its errors marked. Raises NotFound, ImportRefused."""
    row = parked(token, by)
    rows = _rows(Month.parse(row.month), bytes(row.content), row.file_name, by)
    return workbooks.mark_errors(bytes(row.content), row.file_name, rows, only_errors=only_errors)
