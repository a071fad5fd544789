"""The residents' public pages, the check of documents, and the staff's page of documents."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from greenpark.domains.housing import models
from greenpark.domains.housing.testing import noon
from tests.access.framework import Row

_AT = noon(date(2026, 8, 3))
_CODE = "ACCESS222222"
_NUMBER = "HS2026-001-00001"


def prepare(world: SimpleNamespace) -> None:
    """A published batch of organisation A with a public list, a frozen draw, and an issued document."""
    project = models.Project.objects.create(
        organisation_id=world.org_a, code="ACCESS", name="试验项目", source="new", at=_AT
    )
    batch = models.Announcement.objects.create(
        project=project, number="2026-001", title="试验公告", basics="试验", average_price=5000, place="试验",
        register_from=date(2026, 8, 1), register_until=date(2026, 9, 1), mode="both", state="published",
    )  # fmt: skip
    world.batch = batch.pk
    models.Application.objects.create(
        announcement=batch, number=_NUMBER, code_hash="x", channel="counter", entered_by="x", created_at=_AT,
    )  # fmt: skip
    world.publicity = models.Publicity.objects.create(
        announcement=batch, start=date(2026, 8, 3), end=date(2026, 8, 12), digest="x", at=_AT, by="x"
    ).pk
    world.draw = models.Draw.objects.create(announcement=batch, name="2026-001-1", state="frozen", frozen_at=_AT).pk
    models.IssuedDocument.objects.create(
        code=_CODE, kind="acceptance", number="试〔2026〕1号", subject="application:1", organisation_id=world.org_a,
        issuer="试验", issued_at=_AT, content_sm3="0" * 64, docx_sha256="0" * 64, docx_sm3="0" * 64,
    )  # fmt: skip


#: Pages of a family: nobody has entered a case here, so they lead to the look-up page.
_LED = (302,)
ROWS = [
    Row("housing:public", None),
    Row("housing:public-size", None, method="post"),
    Row("housing:public-script", None),
    Row("housing:public-announcement", None, args=lambda w: {"announcement_id": w.batch}),
    Row("housing:public-start", None, args=lambda w: {"announcement_id": w.batch}),
    Row("housing:public-publicity", None, args=lambda w: {"publicity_id": w.publicity}, ok=(200, 410)),
    Row("housing:public-draw", None, args=lambda w: {"draw_id": w.draw}),
    Row("housing:public-package", None, args=lambda w: {"draw_id": w.draw}, ok=(404,)),
    Row("housing:my", None, ok=_LED),
    Row("housing:my-enter", None, ok=(200,)),
    Row("housing:my-leave", None, method="post", ok=_LED),
    Row("housing:my-sent", None, ok=_LED),
    Row("housing:my-notices", None, ok=_LED),
    Row("housing:my-form", None, args=lambda w: {"step": "applicant"}, ok=_LED),
    Row("housing:my-upload", None, args=lambda w: {"document_id": 1}, ok=_LED),
    Row("housing:my-upload-remove", None, args=lambda w: {"document_id": 1}, method="post", ok=_LED),
    Row("housing:my-paper", None, args=lambda w: {"code": _CODE}, ok=_LED),
    Row("housing:my-withdraw", None, ok=_LED),
    Row("housing:my-rank", None, ok=_LED),
    Row("housing:my-slots", None, ok=_LED),
    Row("housing:my-proxy", None, ok=_LED),
    Row("housing:verify-ask", None),
    Row("housing:verify", None, args=lambda w: {"code": _CODE}),
    Row("housing:papers", "housing.view"),
    Row(
        "housing:code-renew",
        "housing.apply",
        method="post",
        data=lambda w: {"number": _NUMBER, "proof": "身份证"},
        scoped=True,
        ok=(200,),
    ),
    Row("housing:papers-issue", "housing.view", method="post"),
    # The file of this entry is not on disk: after permission and scope were judged, there is nothing to give out.
    Row("housing:paper", "housing.view", args=lambda w: {"code": _CODE, "form": "pdf"}, scoped=True, ok=(403, 404)),
    Row("housing:paper-templates", "housing.configure"),
    Row("housing:paper-template", "housing.configure", args=lambda w: {"kind": "acceptance"}),
    Row("housing:paper-template-upload", "housing.configure", args=lambda w: {"kind": "acceptance"}, method="post"),
]
