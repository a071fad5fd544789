"""Homes for sale at cost: the console and the API. Rows of the residents' pages stand in housing_public.py."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from greenpark.domains.housing import models
from greenpark.domains.housing.testing import noon
from tests.access.framework import Row

_AT = noon(date(2026, 8, 3))
_NUMBER = "HS2026-001-00001"


def prepare(world: SimpleNamespace) -> None:
    """A project of organisation A with a home, a submitted case, a review of A's bureau, a draw. Rows are written
    directly: the world is made for every test of every domain, and must stay cheap."""
    org = world.org_a
    project = models.Project.objects.create(organisation_id=org, code="ACCESS", name="试验项目", source="new", at=_AT)
    home = models.Home.objects.create(project=project, code="1-101", area_m2=Decimal(80))
    batch = models.Announcement.objects.create(
        project=project, number="2026-001", title="试验公告", basics="试验", average_price=5000, place="试验",
        register_from=date(2026, 8, 1), register_until=date(2026, 9, 1), mode="both", state="published",
        bodies=["police"],
    )  # fmt: skip
    case = models.Application.objects.create(
        announcement=batch, number=_NUMBER, code_hash="x", channel="counter", entered_by="x", created_at=_AT,
    )  # fmt: skip
    member = models.Member.objects.create(
        application=case, relation="applicant", name_sealed="", identity_sealed="", name_masked="演＊",
        identity_masked="尾号 0000", identity_key="access", sex="male", born=date(1990, 1, 1),
    )  # fmt: skip
    document = models.Document.objects.create(
        application=case, kind="form", name="x.pdf", content_type="application/pdf", size=1, sha256="0" * 64,
        sm3="0" * 64, by="x", at=_AT,
    )  # fmt: skip
    models.ReviewBody.objects.create(code="police", organisation_id=org)
    review = models.Review.objects.create(application=case, bureau="police")
    publicity = models.Publicity.objects.create(
        announcement=batch, start=date(2026, 8, 3), end=date(2026, 8, 12), digest="x", at=_AT, by="x"
    )
    objection = models.Objection.objects.create(application=case, publicity=publicity, text="试验异议", at=_AT)
    draw = models.Draw.objects.create(announcement=batch, name="2026-001-1", live_key=batch.pk)
    drawn = models.Draw.objects.create(
        announcement=batch, name="2026-001-0", state="void", package=b"PK", package_sha256="x"
    )
    world.housing = SimpleNamespace(
        project=project.pk, home=home.pk, batch=batch.pk, member=member.pk, document=document.pk, review=review.pk,
        publicity=publicity.pk, objection=objection.pk, draw=draw.pk, drawn=drawn.pk,
    )  # fmt: skip


def _of(*names: str, **fixed: Any) -> Any:
    return lambda w: {**{n.removeprefix("drawn:"): getattr(w.housing, n) for n in names}, **fixed}


def _batch(w: SimpleNamespace) -> dict[str, Any]:
    return {"announcement": w.housing.batch}


_CASE = {"number": _NUMBER}
_VIEW = "housing.view"

ROWS = [
    Row("housing:projects", _VIEW),
    Row("housing:project-save", "housing.manage", method="post"),
    Row("housing:demand-save", "housing.apply", method="post"),
    Row("housing:plan-save", "housing.configure", method="post"),
    Row("housing:project", _VIEW, args=_of("project"), scoped=True),
    Row("housing:funds", _VIEW, args=_of("project"), scoped=True),
    Row("housing:project-manage", "housing.manage", args=_of("project", act="release"), scoped=True, method="post"),
    Row("housing:project-office", "housing.accept", args=_of("project", act="approve-price"), scoped=True,
        method="post"),
    Row("housing:project-fund", "housing.fund", args=_of("project", act="book"), scoped=True, method="post"),
    Row("housing:cases", _VIEW),
    Row("housing:case-new", "housing.apply"),
    Row("housing:case", _VIEW, args=_of(**_CASE), scoped=True),
    Row("housing:case-edit", "housing.apply", args=_of(**_CASE), scoped=True),
    Row("housing:case-office", "housing.accept", args=_of(**_CASE, act="accept"), scoped=True, method="post"),
    Row("housing:case-sale", "housing.manage", args=_of(**_CASE, act="clear"), scoped=True, method="post"),
    Row("housing:case-counter", "housing.apply", args=_of(**_CASE, act="submit"), scoped=True, method="post",
        data=lambda w: {"pledge": "1"}),
    Row("housing:unmask", "housing.unmask", args=_of("member", **_CASE), scoped=True, method="post",
        data=lambda w: {"field": "name", "purpose": "试验用途"}),
    # The row exists, its encrypted file does not: 404 is the honest answer to the right person as well.
    Row("housing:document", "housing.unmask", args=_of("document", **_CASE), scoped=True, ok=(200, 404)),
    Row("housing:objection", "housing.accept", args=_of("objection"), scoped=True, method="post",
        data=lambda w: {"outcome": "dismissed", "opinion": "经核实不成立"}),
    Row("housing:reviews", "housing.verify"),
    Row("housing:review", "housing.verify", args=_of("review"), scoped=True),
    Row("housing:review-sheet", "housing.verify", args=lambda w: {"bureau": "police"}, method="post"),
    Row("housing:review-import", "housing.verify", method="post",
        data=lambda w: {"file": SimpleUploadedFile("x.xlsx", b"not a workbook")}),
    Row("housing:pool", _VIEW),
    Row("housing:publicity", _VIEW),
    Row("housing:publicity-start", "housing.manage", args=_batch, scoped=True, method="post"),
    Row("housing:publicity-finish", "housing.manage", args=_of("publicity"), scoped=True, method="post"),
    Row("housing:draws", _VIEW),
    Row("housing:draw-prepare", "housing.manage", args=_batch, scoped=True, method="post",
        data=lambda w: {"parties": "甲,承诺\n乙,承诺\n丙,骰子", "rounds": "1"}),
    Row("housing:draw", _VIEW, args=_of("draw"), scoped=True),
    Row("housing:draw-void", "housing.accept", args=_of("draw"), scoped=True, method="post"),
    Row("housing:draw-package", _VIEW, args=lambda w: {"draw": w.housing.drawn}, scoped=True),
    Row("housing:draw-do", "housing.manage", args=_of("draw", act="freeze"), scoped=True, method="post"),
    Row("housing:board", _VIEW, args=_batch, scoped=True),
    Row("housing:homes", _VIEW),
    Row("housing:home", _VIEW, args=_of("home"), scoped=True),
    Row("housing:dossier", "housing.export", args=_of("home"), scoped=True, method="post"),
    Row("housing:home-manage", "housing.manage", args=_of("home", act="request"), scoped=True, method="post"),
    Row("housing:home-office", "housing.accept", args=_of("home", act="drop"), scoped=True, method="post"),
    Row("housing:parameters", _VIEW),
    Row("housing:parameter-set", "housing.configure", args=lambda w: {"name": "profit_base"}, method="post"),
    Row("housing:parameter-own", "housing.manage", args=lambda w: {"name": "deposit_yuan"}, method="post"),
    Row("housing:open-points", _VIEW),
    Row("GET /housing/projects", _VIEW),
    Row("GET /housing/homes", _VIEW),
    Row("GET /housing/homes/{int:home}/dossier", _VIEW, args=_of("home"), scoped=True),
    Row("GET /housing/applications", _VIEW),
    Row("GET /housing/applications/{str:number}", _VIEW, args=_of(**_CASE), scoped=True),
    Row("GET /housing/pool", _VIEW),
    Row("GET /housing/draws/{int:draw}", _VIEW, args=_of("draw"), scoped=True),
    Row("GET /housing/projects/{int:project}/funds", _VIEW, args=_of("project"), scoped=True),
    Row("GET /housing/parameters", _VIEW),
    Row("GET /housing/open-points", _VIEW),
]  # fmt: skip
