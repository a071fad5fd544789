"""Issuing, keeping and verifying documents, and the templates that staff may edit."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound, Refused
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import chain
from greenpark.domains.housing.selectors import scope
from greenpark.domains.housing.services import case, paper_fields, paper_layout, paper_render
from greenpark.domains.housing.services.paper_fields import KINDS
from greenpark.kernel.periods import PARK_ZONE

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12
#: Kinds whose templates staff may edit.
TEMPLATES = {**{code: kind.title for code, kind in KINDS.items()}, "attorney": "授权委托书"}
_SAMPLE_TEXT = "样例"


@dataclass(frozen=True, slots=True)
class PaperView:
    """An issued document as it may be shown to anybody."""

    code: str
    kind: str
    title: str
    number: str
    issuer: str
    person: str
    issued_at: datetime
    content_sm3: str
    docx_sm3: str
    pdf_sm3: str
    has_pdf: bool
    withdrawn_at: datetime | None
    subject: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether what somebody holds is the registered document."""

    same: bool
    words: str
    digest: str


def _view(row: models.IssuedDocument) -> PaperView:
    return PaperView(
        row.code, row.kind, KINDS[row.kind].title, row.number, row.issuer, row.person_masked, row.issued_at,
        row.content_sm3, row.docx_sm3, row.pdf_sm3, bool(row.pdf_sha256), row.withdrawn_at, row.subject,
    )  # fmt: skip


def issue(kind: str, key: str, *, base: str, by: Actor, at: datetime) -> PaperView:
    """Make, keep and register a document.

    Args:
        kind: one of ``KINDS``.
        key: application number, or id of the public list or the draw.
        base: address of this installation without slash at the end; the QR code points below it.

    Returns: the register entry; ``content(code, "docx")`` gives the file. PDF only where LibreOffice is present.
    Raises: Refused (the case is in another state), TemplateFault (naming the place), NotAllowed, NotFound.
    """
    found = KINDS.get(kind)
    if found is None:
        raise Refused("没有这类文书", {"kind": "请选择文书"})
    by.need(found.permission)
    source = found.collect(by, key.strip())
    with transaction.atomic():
        day = at.astimezone(PARK_ZONE).date()
        running = case.take_number(f"paper:{kind}:{day.year}")
    number = f"{found.prefix}〔{day.year}〕{running}号"
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    issuer = _issuer(by.organisation_id or source.organisation_id)
    fields: dict[str, Any] = {
        **source.fields,
        "number": number,
        "issuer": issuer,
        "date": paper_fields.day_cn(day),
        "demo": "（演示，内容虚构）" if source.demo else "",
    }
    digest = chain.sm3(chain.canonical({"kind": kind, **fields}).encode())
    url = f"{base.rstrip('/')}/housing/verify/{code}/"
    template, version = _template(kind)
    filled = {**fields, "code": code, "url": url, "content_sm3": digest}
    docx = paper_render.render(template, filled, qr=url)
    pdf = paper_render.pdf(docx)
    return _register(
        source, {"code": code, "kind": kind, "number": number, "issuer": issuer, "content_sm3": digest,
                 "template_version": version}, docx, pdf, by, at,
    )  # fmt: skip


def _issuer(organisation_id: int) -> str:
    return next((o.name for o in accounts.organisations() if o.id == organisation_id), "项目管理单位")


@transaction.atomic
def _register(
    source: paper_fields.Source, values: Mapping[str, Any], docx: bytes, pdf: bytes, by: Actor, at: datetime
) -> PaperView:
    files = {"docx": docx, "pdf": pdf}
    digests: dict[str, str] = {}
    for name, content in files.items():
        if content:
            digests[f"{name}_sha256"], digests[f"{name}_sm3"] = chain.sha256(content), chain.sm3(content)
            keys.keep_document(digests[f"{name}_sha256"], content)
    row = models.IssuedDocument.objects.create(
        **values, **digests, subject=source.subject, organisation_id=source.organisation_id,
        person_masked=source.person, issued_at=at,
    )  # fmt: skip
    said = {"kind": row.kind, "number": row.number, "sm3": row.content_sm3}
    kind, _, _ = source.subject.partition(":")
    if kind == "application":
        case.event(source.subject, action="paper", title=f"开具{KINDS[row.kind].title}", by=by, at=at, detail=said)
    accounts.record(
        action="housing.document.issued", subject=f"housing/document:{row.code}", by=by, at=at, detail=said,
        organisation_id=source.organisation_id,
    )  # fmt: skip
    return _view(row)


@transaction.atomic
def withdraw(code: str, *, reason: str, by: Actor, at: datetime) -> None:
    """Mark a document as no longer valid; the verification page says so from now on."""
    row = _within(by, code)
    by.need(KINDS[row.kind].permission)
    if row.withdrawn_at is not None:
        raise Refused("文书已经撤销")
    if len(reason.strip()) < 2:
        raise Refused("请写明撤销理由", {"reason": "请写明理由"})
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    accounts.record(
        action="housing.document.withdrawn", subject=f"housing/document:{code}", by=by, at=at,
        detail={"number": row.number, "reason": reason.strip()}, organisation_id=row.organisation_id,
    )  # fmt: skip


def _within(by: Actor, code: str) -> models.IssuedDocument:
    row = models.IssuedDocument.objects.filter(code=code).first()
    if row is None or not (by.scope.everything or by.scope.allows(row.organisation_id)):
        raise NotFound("没有这份文书，或不在您的数据范围内")
    return row


def verified(code: str) -> PaperView:
    """The public register entry behind a QR code. Raises NotFound."""
    row = models.IssuedDocument.objects.filter(code=code.strip().upper()[:16]).first()
    if row is None:
        raise NotFound("没有这份文书")
    return _view(row)


def compare_digest(code: str, digest: str) -> Comparison:
    """A pasted SM3 digest against the three registered ones. Raises Refused for anything that is no digest."""
    paper, given = verified(code), "".join(digest.split()).lower()
    if len(given) != 64 or set(given) - set("0123456789abcdef"):
        raise Refused(f"SM3 摘要应为 64 位十六进制，现为 {len(given)} 位", {"digest": "应为 64 位十六进制"})
    names = (("内容", paper.content_sm3), ("Word 文件", paper.docx_sm3), ("PDF 文件", paper.pdf_sm3))
    hit = next((name for name, known in names if known and hmac.compare_digest(known, given)), "")
    return Comparison(bool(hit), f"与登记的{hit}摘要一致" if hit else "与登记的摘要都不一致", given)


def compare_file(code: str, content: bytes) -> Comparison:
    """An uploaded file against the registered ones; it is not kept."""
    paper, given = verified(code), chain.sm3(content)
    same = given in {paper.docx_sm3, paper.pdf_sm3} - {""}
    words = "与登记的文件逐字节一致" if same else "与登记的文件不一致：内容被改动，或不是原文件（另存也会改变文件）"
    return Comparison(same, words, given)


def content(code: str, form: str) -> bytes:
    """The file (docx, pdf). The caller has checked the right to it. Raises NotFound."""
    row = models.IssuedDocument.objects.filter(code=code).first()
    digest = getattr(row, f"{form}_sha256", "") if row and form in ("docx", "pdf") else ""
    if not digest:
        raise NotFound("没有这份文书，或没有这种格式")
    return keys.read_document(digest)


def of_application(by: Actor) -> list[PaperView]:
    """Documents of the family's own case, newest first."""
    if by.kind != "resident":
        return []
    return [_view(r) for r in models.IssuedDocument.objects.filter(subject=f"application:{by.id}")]


def listing(by: Actor, *, kind: str = "", offset: int = 0, limit: int = 50) -> tuple[list[PaperView], int]:
    """Issued documents within the actor's scope. Needs housing.view."""
    by.need("housing.view")
    rows = models.IssuedDocument.objects.all()
    if not by.scope.everything:
        rows = rows.filter(organisation_id__in=by.scope.organisations)
    rows = rows.filter(kind=kind) if kind else rows
    return [_view(r) for r in rows[offset : offset + limit]], rows.count()


def file_for(by: Actor, code: str, form: str) -> tuple[PaperView, bytes]:
    """A document for staff: whoever may issue the kind may read it. Raises NotFound outside the scope."""
    row = _within(by, code)
    by.need(KINDS[row.kind].permission)
    return _view(row), content(code, form)


def power_of_attorney(by: Actor, fields: Mapping[str, str], *, at: datetime) -> bytes:
    """授权委托书 for printing and signing. Nothing of the proxy is kept."""
    row = scope.applications(by).filter(pk=by.id).first() if by.kind == "resident" else None
    if row is None:
        raise NotFound("没有这份申请")
    person = row.members.filter(relation="applicant").first()
    name = keys.unseal(person.name_sealed, "member.name") if person else ""
    known = {
        "name": name, "tail": person.identity_masked if person else "", "application": row.number,
        "announcement": row.announcement.title, "date": paper_fields.day_cn(at.astimezone(PARK_ZONE).date()),
    }  # fmt: skip
    return paper_render.render(_template("attorney")[0], {**known, **fields})


def _template(kind: str) -> tuple[bytes, int]:
    row = models.DocumentTemplate.objects.filter(kind=kind).order_by("-version").first()
    return (bytes(row.content), row.version) if row else (paper_layout.built_in(kind), 0)


def template_file(kind: str, *, by: Actor) -> bytes:
    """The template in force, for editing in WPS or Word."""
    by.need("housing.configure")
    if kind not in TEMPLATES:
        raise NotFound("没有这类文书")
    return _template(kind)[0]


def templates(by: Actor) -> list[dict[str, Any]]:
    by.need("housing.configure")
    newest: dict[str, models.DocumentTemplate] = {}
    for row in models.DocumentTemplate.objects.defer("content").order_by("kind", "-version"):
        newest.setdefault(row.kind, row)
    return [{"kind": k, "title": t, "row": newest.get(k), "fields": sorted(sample(k))} for k, t in TEMPLATES.items()]


def sample(kind: str) -> dict[str, Any]:
    """Invented fields with which a template is tried before it is taken."""
    texts = (
        "name tail application announcement place project submitted number issuer date code url content_sm3 due rule "
        "script_sha256 demo title outcome article reason count start end days convention calendar digest draw drawn "
        "note buyers tails home area per_m2 price price_words deposit paid contract proxy_name proxy_identity relation "
        "qr"
    )
    lists = {
        "acceptance": {"materials": ["样例材料"]},
        "supplement": {"items": ["样例材料"]},
        "publicity": {"rows": [{"no": 1, "who": "演＊", "number": "HS-1", "persons": 3}]},
        "bulletin": {
            "rows": [{"round": "一", "place": 1, "number": "HS-1", "track": "普通顺序"}],
            "digests": ["样例"], "parts": ["样例"], "script": ["样例"],
        },
        "settlement": {"rows": [{"on": "2026-11-02", "kind": "房款", "amount": "1.00", "document": "样例"}]},
    }  # fmt: skip
    return {**dict.fromkeys(texts.split(), _SAMPLE_TEXT), **lists.get(kind, {})}


@transaction.atomic
def save_template(kind: str, content: bytes, *, note: str, by: Actor, at: datetime) -> int:
    """Take an edited template after a trial filling. Returns its version. Raises TemplateFault naming the place."""
    by.need("housing.configure")
    if kind not in TEMPLATES:
        raise Refused("没有这类文书", {"kind": "请选择文书"})
    if not 0 < len(content) <= paper_render.MAX_TEMPLATE:
        raise Refused(f"模板应为不超过 {paper_render.MAX_TEMPLATE // 1048576} MB 的 .docx 文件")
    trial = {k: v for k, v in sample(kind).items() if k != "qr"}
    paper_render.render(content, {**trial, **({"qr": ""} if kind == "attorney" else {})}, qr="trial")
    last = models.DocumentTemplate.objects.select_for_update().filter(kind=kind).order_by("-version").first()
    row = models.DocumentTemplate.objects.create(
        kind=kind, version=last.version + 1 if last else 1, content=content, sm3=chain.sm3(content),
        note=note.strip()[:200], by=by.name, at=at,
    )  # fmt: skip
    accounts.record(
        action="housing.template.saved", subject=f"housing/template:{kind}", by=by, at=at,
        detail={"version": row.version, "sm3": row.sm3},
    )  # fmt: skip
    return int(row.version)
