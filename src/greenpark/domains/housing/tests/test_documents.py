"""Documents: content from the case, register and public check, templates that say where they are wrong, GB/T 9704."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document

from greenpark.domains.accounts.contracts import NotAllowed
from greenpark.domains.housing import models, testing
from greenpark.domains.housing.contracts import NotFound, Refused
from greenpark.domains.housing.rules import chain
from greenpark.domains.housing.services import (
    documents,
    paper_fields,
    paper_layout,
    paper_render,
    review,
    sales,
    selection,
    waiting,
)

BASE = "http://127.0.0.1:8000"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def without_pdf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice takes seconds; only the test of the page wants it."""
    if "page_holds" not in request.node.name:
        monkeypatch.setattr(paper_render, "soffice", lambda: None)


@pytest.fixture
def world(db: None) -> testing.World:
    at = now()
    made = testing.make_world(at=at)
    testing.decide_parameters(made, at=at)
    testing.make_project(made, at=at)
    testing.announce(made, at=at)
    return made


def text_of(content: bytes) -> str:
    doc = Document(io.BytesIO(content))
    cells = [c.text for t in doc.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in doc.paragraphs), *cells])


def accepted(world: testing.World) -> str:
    number = testing.apply(world, testing.family(1), at=now())
    review.accept(number, by=world.officer, at=now())
    return number


def test_acceptance_is_issued_registered_and_verified(world: testing.World) -> None:
    number = accepted(world)
    paper = documents.issue("acceptance", number, base=BASE, by=world.officer, at=now())
    content = documents.content(paper.code, "docx")
    text = text_of(content)
    assert number in text
    assert testing.invented_name(1) in text
    assert paper.content_sm3 in text
    assert f"{BASE}/housing/verify/{paper.code}/" in text
    assert "第二十三条" in text
    assert not paper.has_pdf
    for person in testing.family(1).people:
        assert person.identity_number not in text
    row = models.IssuedDocument.objects.get()
    assert chain.sm3(content) == row.docx_sm3
    assert "开具受理通知书" in str(list(models.CaseEvent.objects.values_list("title", flat=True)))


def test_public_page_shows_no_personal_data(world: testing.World) -> None:
    number = accepted(world)
    paper = documents.issue("acceptance", number, base=BASE, by=world.officer, at=now())
    page = Client().get(reverse("housing:verify", args=[paper.code])).content.decode()
    assert paper.number in page
    assert paper.content_sm3 in page
    assert "演＊＊＊" in page
    assert testing.invented_name(1) not in page
    assert number not in page
    for person in testing.family(1).people:
        assert person.identity_number not in page
    assert Client().get(reverse("housing:verify", args=["NOTHING22222"])).status_code == 404


def test_file_and_digest_are_compared(world: testing.World) -> None:
    paper = documents.issue("acceptance", accepted(world), base=BASE, by=world.officer, at=now())
    where, client = reverse("housing:verify", args=[paper.code]), Client()
    content = documents.content(paper.code, "docx")
    same = client.post(where, {"file": SimpleUploadedFile("a.docx", content)}).content.decode()
    assert "逐字节一致" in same
    other = client.post(where, {"file": SimpleUploadedFile("a.docx", content + b"\0")}).content.decode()
    assert "与登记的文件不一致" in other
    pasted = client.post(where, {"digest": paper.content_sm3.upper()}).content.decode()
    assert "与登记的内容摘要一致" in pasted
    assert "都不一致" in client.post(where, {"digest": "0" * 64}).content.decode()
    short = client.post(where, {"digest": "abc"})
    assert short.status_code == 422
    assert "现为 3 位" in short.content.decode()


def test_withdrawn_documents_say_so(world: testing.World) -> None:
    paper = documents.issue("acceptance", accepted(world), base=BASE, by=world.officer, at=now())
    with pytest.raises(Refused, match="理由"):
        documents.withdraw(paper.code, reason="", by=world.officer, at=now())
    documents.withdraw(paper.code, reason="开错了", by=world.officer, at=now())
    assert "已撤销" in Client().get(reverse("housing:verify", args=[paper.code])).content.decode()
    with pytest.raises(Refused, match="已经撤销"):
        documents.withdraw(paper.code, reason="开错了", by=world.officer, at=now())


def test_supplement_and_refusal_state_their_reasons(world: testing.World) -> None:
    number = testing.apply(world, testing.family(1), at=now())
    review.ask_supplement(number, ["婚姻状况材料"], by=world.officer, at=now())
    text = text_of(
        documents.content(documents.issue("supplement", number, base=BASE, by=world.officer, at=now()).code, "docx")
    )
    assert "婚姻状况材料" in text
    assert "办法未规定期限" in text
    other = testing.apply(world, testing.family(2), at=now())
    review.not_accept(other, article="第十八条(一)", reason="不具有海南区户籍", by=world.officer, at=now())
    told = text_of(
        documents.content(documents.issue("refusal", other, base=BASE, by=world.officer, at=now()).code, "docx")
    )
    assert "第十八条(一)" in told
    assert "不具有海南区户籍" in told
    assert "不予受理告知书" in told


def test_a_document_needs_its_state_and_permission(world: testing.World) -> None:
    number = testing.apply(world, testing.family(1), at=now())
    with pytest.raises(Refused, match="尚未受理"):
        documents.issue("acceptance", number, base=BASE, by=world.officer, at=now())
    with pytest.raises(Refused, match="此文书用于"):
        documents.issue("refusal", number, base=BASE, by=world.officer, at=now())
    with pytest.raises(NotAllowed):
        documents.issue("acceptance", number, base=BASE, by=world.manager, at=now())
    with pytest.raises(NotFound):
        documents.issue("publicity", "99", base=BASE, by=world.manager, at=now())
    with pytest.raises(Refused):
        documents.issue("poem", number, base=BASE, by=world.officer, at=now())


@pytest.fixture
def sold(world: testing.World) -> dict[str, Any]:
    """One family through to a signed contract with a first payment."""
    at = now()
    for n in range(3):
        testing.qualify(world, testing.apply(world, testing.family(n), at=at), at=at)
    publicity = waiting.start_publicity(world.announcement, by=world.manager, at=at)
    after = testing.noon(publicity.end + timedelta(days=1))
    waiting.finish_publicity(publicity.pk, by=world.manager, at=after)
    for number in models.Application.objects.values_list("number", flat=True):
        waiting.pay_deposit(
            number, amount=Decimal(10000), document="演示收据", on=after.date(), by=world.manager, at=after
        )
    draw = testing.hold_draw(world, at=after)
    first = selection.call(draw, 1, by=world.manager, at=after)[0]
    selection.choose(first, world.homes[1], by=world.manager, at=after)
    draft = documents.issue("contract", first, base=BASE, by=world.manager, at=after)
    sales.contract(first, contract_no="演合 1", by=world.manager, at=after)
    sales.pay(first, amount=Decimal("65000.50"), document="演示收据 2", on=after.date(), by=world.manager, at=after)
    return {"number": first, "draw": draw, "publicity": publicity.pk, "draft": draft, "at": after}


def test_contract_draft_and_settlement_have_the_right_sums(world: testing.World, sold: dict[str, Any]) -> None:
    text = text_of(documents.content(sold["draft"].code, "docx"))
    assert "草案，示范文本" in text
    # 75 m² × 5,000 = 375,000; deposit 10,000; by hand 365,000 due.
    assert "总价 375,000.00 元（叁拾柒万伍仟元整）" in text
    assert "应缴余额 365,000.00 元" in text
    sheet = documents.issue("settlement", sold["number"], base=BASE, by=world.manager, at=sold["at"])
    table = text_of(documents.content(sheet.code, "docx"))
    assert "65,000.50" in table
    assert "尚欠 299,999.50 元" in table


def test_bulletin_carries_digests_and_the_script(world: testing.World, sold: dict[str, Any]) -> None:
    paper = documents.issue("bulletin", str(sold["draw"]), base=BASE, by=world.manager, at=sold["at"])
    content = documents.content(paper.code, "docx")
    text = text_of(content)
    row = models.Draw.objects.get()
    assert row.seed in text
    assert row.frozen["list.csv"]["sm3"] in text
    assert sold["number"] in text
    script = [p.text for p in Document(io.BytesIO(content)).paragraphs]
    begin = script.index("#!/usr/bin/env python3 ")
    printed = [line.rstrip() for line in script[begin:]]
    source = testing.draws.VERIFIER.read_text().splitlines()
    assert printed[: len(source)] == source


def test_public_list_document_is_masked(world: testing.World, sold: dict[str, Any]) -> None:
    paper = documents.issue("publicity", str(sold["publicity"]), base=BASE, by=world.manager, at=sold["at"])
    text = text_of(documents.content(paper.code, "docx"))
    assert "演＊＊＊" in text
    assert testing.invented_name(1) not in text
    assert "7 个工作日" in text


def test_family_fetches_its_own_documents_only(world: testing.World) -> None:
    number = accepted(world)
    paper = documents.issue("acceptance", number, base=BASE, by=world.officer, at=now())
    other = testing.apply(world, testing.family(2), at=now())
    for who, status in ((number, 200), (other, 404)):
        client = Client()
        session = client.session
        session["housing_case"] = models.Application.objects.get(number=who).pk
        session.save()
        assert client.get(reverse("housing:my-paper", args=[paper.code])).status_code == status


def edited(kind: str, before: str, after: str) -> bytes:
    """A built-in template with a text replaced, as staff would in WPS."""
    doc = Document(io.BytesIO(paper_layout.built_in(kind)))
    for paragraph in doc.paragraphs:
        for run in paragraph.runs:
            run.text = run.text.replace(before, after)
    out = io.BytesIO()
    doc.save(out)
    return out.getvalue()


def test_staff_change_a_template(world: testing.World) -> None:
    content = edited("acceptance", "收到材料如下：", "本局收到材料如下：")
    assert documents.save_template("acceptance", content, note="改称呼", by=testing.SYSTEM, at=now()) == 1
    paper = documents.issue("acceptance", accepted(world), base=BASE, by=world.officer, at=now())
    assert "本局收到材料如下" in text_of(documents.content(paper.code, "docx"))
    assert models.IssuedDocument.objects.get().template_version == 1


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("{{ nome }}：", "没有名为 nome 的字段"),
        ("{{ name ：", "标记写法不对"),
        ("{{ name.__class__.__mro__ }}：", "不允许使用 __class__"),
    ],
)
def test_a_wrong_tag_names_its_place(world: testing.World, after: str, told: str) -> None:
    with pytest.raises(paper_render.TemplateFault) as caught:
        documents.save_template(
            "acceptance", edited("acceptance", "{{ name }}：", after), note="", by=testing.SYSTEM, at=now()
        )
    assert told in str(caught.value)
    assert "第 4 段" in str(caught.value)
    assert not models.DocumentTemplate.objects.exists()


def test_what_is_no_word_file_is_refused(world: testing.World) -> None:
    for content in (b"", b"hello", b"PK\x03\x04"):
        with pytest.raises(Refused):
            documents.save_template("acceptance", content, note="", by=testing.SYSTEM, at=now())


@pytest.mark.parametrize("kind", list(documents.TEMPLATES))
def test_every_built_in_template_fills_from_its_listed_fields(kind: str) -> None:
    fields = {k: v for k, v in documents.sample(kind).items() if k != "qr"}
    text = text_of(paper_render.render(paper_layout.built_in(kind), fields, qr="x"))
    assert "{" not in text
    assert "样例" in text


def test_layout_follows_gbt_9704() -> None:
    with zipfile.ZipFile(io.BytesIO(paper_layout.built_in("acceptance"))) as archive:
        body = archive.read("word/document.xml").decode()
    assert re.search(r'<w:docGrid[^>]*w:type="lines"[^>]*w:linePitch="579"|linePitch="579"[^>]*type="lines"', body)
    section = Document(io.BytesIO(paper_layout.built_in("acceptance"))).sections[0]
    got = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    assert tuple(round(m.mm) for m in got) == (37, 28, 26, 35)
    assert 'w:line="579"' in body
    assert "仿宋_GB2312" in body


@pytest.mark.skipif(paper_render.soffice() is None, reason="LibreOffice is not installed")
def test_a_page_holds_22_lines_of_28_characters() -> None:
    sheet = paper_layout.Sheet()
    sheet.line("汉" * 28 * 30)
    pdf = paper_render.pdf(sheet.bytes())
    text = subprocess.run(
        ["pdftotext", "-layout", "-f", "1", "-l", "1", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    lines = [line.strip() for line in text.splitlines() if "汉" in line]
    assert [len(line) for line in lines] == [28] * 22


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # Examples of 《支付结算办法》附一《正确填写票据和结算凭证的基本规定》.
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0", "零元整"),
        ("375000", "叁拾柒万伍仟元整"),
        ("100000001", "壹亿零壹元整"),
    ],
)
def test_capital_amounts(amount: str, words: str) -> None:
    assert paper_fields.money_words(Decimal(amount)) == words


def test_qr_code_is_a_png_of_the_address() -> None:
    made = segno.make("http://127.0.0.1:8000/housing/verify/ABCDEFGH2345/", error="m", micro=False)
    out = io.BytesIO()
    made.save(out, kind="png", scale=6, border=2)
    assert paper_render.qr_png("http://127.0.0.1:8000/housing/verify/ABCDEFGH2345/") == out.getvalue()


def test_invented_documents_say_so(world: testing.World) -> None:
    paper = documents.issue("acceptance", accepted(world), base=BASE, by=world.officer, at=now())
    text = text_of(documents.content(paper.code, "docx"))
    assert "（演示，内容虚构）" in text
    assert paper.issuer == "住建局（演示）"


def test_staff_pages_issue_and_withdraw(world: testing.World, monkeypatch: pytest.MonkeyPatch) -> None:
    from greenpark.domains.accounts.facade import guard

    monkeypatch.setattr(guard, "current_actor", lambda request, **_: world.officer)
    number, client = accepted(world), Client()
    client.post(reverse("housing:papers-issue"), {"kind": "acceptance", "key": number})
    row = models.IssuedDocument.objects.get()
    page = client.get(reverse("housing:papers")).content.decode()
    assert row.number in page
    wrong = client.post(reverse("housing:papers-issue"), {"kind": "refusal", "key": number}, follow=True)
    assert "此文书用于" in wrong.content.decode()
    got = client.get(reverse("housing:paper", args=[row.code, "docx"]))
    assert got.content[:2] == b"PK"
    assert client.get(reverse("housing:paper", args=[row.code, "pdf"])).status_code == 404
    client.post(reverse("housing:paper", args=[row.code, "docx"]), {"reason": "开错了"})
    row.refresh_from_db()
    assert row.withdrawn_at
    template = client.get(reverse("housing:paper-template", args=["acceptance"]))
    assert template.content[:2] == b"PK"
    bad = SimpleUploadedFile("x.docx", edited("acceptance", "{{ name }}：", "{{ nome }}："))
    told = client.post(reverse("housing:paper-template-upload", args=["acceptance"]), {"file": bad}, follow=True)
    assert "没有名为 nome 的字段" in told.content.decode()
