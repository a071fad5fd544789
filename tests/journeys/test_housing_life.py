"""A project through its whole life: announcement, 300 applications with planted edge cases, review by four bureaus with
an Excel round trip, publicity across the National Day holiday, deposit, draw, selection with no-shows, contract,
hand-over, buy-back, inheritance. Through services; tests/browser drives the pages."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from openpyxl import load_workbook
from typer.testing import CliRunner

from greenpark.domains.housing import facade, models, testing
from greenpark.domains.housing.contracts import (
    Diversion,
    Duplicate,
    HomeDraft,
    HomeTaken,
    PersonDraft,
    Refused,
)
from greenpark.project.cli_lottery import app as lottery

pytestmark = pytest.mark.django_db

FAMILIES = 300
HOMES = 24
AT = testing.noon(date(2026, 8, 3))
REVIEW = testing.noon(date(2026, 9, 14))
PUBLISHED = testing.noon(date(2026, 9, 28))
CHOSEN = testing.noon(date(2026, 10, 26))
BODIES = ("realestate", "police", "civil", "hr")

#: Planted cases: family number -> (what the bureaus answer differently, verdict expected).
PLANTED: dict[int, tuple[dict[str, dict[str, Any]], str]] = {
    10: ({"realestate": {"自有住房": "乌达区 45 1"}}, "not_eligible"),  # three persons, exactly 15.00 m² each
    11: ({"realestate": {"自有住房": "乌达区 44.99 1"}}, "eligible"),  # 14.996… m², must not be rounded to 15
    12: ({"realestate": {"自有住房": "乌达区 80 1/2"}}, "person_decides"),  # 80 as a whole, 40 by share (A03)
    13: ({"police": {"户籍所在区": "海勃湾区"}}, "not_eligible"),
    14: ({"police": {"在本地实际居住": ""}}, "person_decides"),  # no proof stated (A02)
    15: ({"realestate": {"自有住房": "东胜区 120 1"}}, "eligible"),  # outside the three districts
}
ANSWERS = {
    "自有住房": "无", "近期转移住房": "否", "户籍所在区": "海南区", "在本地实际居住": "是", "婚姻登记为已婚": "是",
    "有社会保险参保缴费": "是", "参保类型": "职工",
}  # fmt: skip


@pytest.fixture
def world() -> testing.World:
    world = testing.make_world(at=AT)
    testing.decide_parameters(world, at=AT)
    testing.make_project(world, at=AT, homes=HOMES)
    testing.announce(world, at=AT, days=30, bodies=BODIES)
    return world


def apply_all(world: testing.World) -> dict[int, str]:
    """300 cases; refusals of bad input on the way."""
    numbers = {n: testing.apply(world, testing.family(n, persons=3), at=AT) for n in range(FAMILIES)}
    spouse_elsewhere = testing.family(900, persons=2)
    stolen = replace(spouse_elsewhere, people=(spouse_elsewhere.people[0], testing.family(20, persons=3).people[1]))
    with pytest.raises(Duplicate, match="一人只能属于一个家庭"):
        testing.apply(world, stolen, at=AT)
    first = testing.family(901, persons=1)
    wrong = first.people[0].identity_number[:17] + ("1" if first.people[0].identity_number[17] != "1" else "2")
    with pytest.raises(Refused) as refused:
        testing.apply(world, replace(first, people=(PersonDraft("applicant", "演错", wrong),)), at=AT)
    assert "校验位不符" in refused.value.errors["people.0.identity_number"]
    assert wrong not in str(refused.value.errors)
    with pytest.raises(Refused, match="登记时间"):
        testing.apply(world, first, at=AT + timedelta(days=60))
    return numbers


def fill(content: bytes, planted: dict[str, dict[str, str]], *, spoil: bool = False) -> bytes:
    """A bureau fills in its sheet: everybody plain but the planted; ``spoil`` writes one unreadable answer."""
    book = load_workbook(io.BytesIO(content))
    sheet = book["核查表"]
    columns = {str(c.value).rstrip("*"): c.column for c in sheet[3]}
    seen: set[Any] = set()
    for row in range(4, sheet.max_row + 1):
        number = sheet.cell(row, 1).value
        told = {} if number in seen else planted.get(number, {})  # what is planted concerns the applicant
        seen.add(number)
        for title, value in {**ANSWERS, **told}.items():
            if title in columns:
                sheet.cell(row, columns[title], value)
        sheet.cell(row, columns["结论"], "通过")
    if spoil:
        sheet.cell(4, columns["在本地实际居住"], "大概")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def review_all(world: testing.World, numbers: dict[int, str]) -> None:
    for number in numbers.values():
        facade.review.accept(number, by=world.officer, at=REVIEW)
    facade.applications.withdraw(numbers[17], reason="不再需要", by=world.officer, at=REVIEW)
    assert set(models.Review.objects.filter(application__number=numbers[17]).values_list("verdict", flat=True)) == {
        "ended"
    }
    for body in BODIES:
        by = world.reviewers[body]
        planted = {numbers[n]: told.get(body, {}) for n, (told, _v) in PLANTED.items()}
        sheet = facade.sheets.export(body, by=by, at=REVIEW)
        titles = {str(c.value) for c in load_workbook(io.BytesIO(sheet))["核查表"][3]}
        assert ("申报住房" in titles) == (body == "realestate")
        if body == "police":
            report = facade.sheets.take(fill(sheet, planted, spoil=True), by=by, at=REVIEW)
            assert report.taken == 0
            assert "应填「是」或「否」" in report.errors[0][1]
            assert "校验结果" in {c.value for c in load_workbook(io.BytesIO(report.workbook))["核查表"][3]}
        report = facade.sheets.take(fill(sheet, planted), by=by, at=REVIEW)
        assert (report.taken, report.errors) == (FAMILIES - 1, ())
        with pytest.raises(Refused, match="没有待核查"):
            facade.sheets.export(body, by=by, at=REVIEW)


def conclude_all(world: testing.World, numbers: dict[int, str]) -> None:
    for n, number in numbers.items():
        if n == 17:
            continue
        verdict = facade.review.assess_case(number, by=world.officer, at=REVIEW)
        assert verdict == PLANTED.get(n, ({}, "eligible"))[1], n
        if verdict == "person_decides":
            with pytest.raises(Refused, match="由人决定"):
                facade.review.conclude(number, by=world.officer, at=REVIEW)
            facade.review.conclude(
                number, decision="qualify", reason="会商同意，见会议纪要", by=world.officer, at=REVIEW
            )
        else:
            facade.review.conclude(number, by=world.officer, at=REVIEW)


def publish_and_pay(world: testing.World, numbers: dict[int, str]) -> None:
    publicity = facade.waiting.start_publicity(world.announcement, by=world.manager, at=PUBLISHED)
    # 29 and 30 September, 8 and 9 October, the make-up Saturday 10 October, 12 and 13 October.
    assert publicity.end == date(2026, 10, 13)
    assert publicity.rule["counted"][4] == "2026-10-10"
    upheld = facade.waiting.object_to(numbers[30], "另有住房", by=world.manager, at=PUBLISHED)
    dismissed = facade.waiting.object_to(numbers[31], "不在本地居住", by=world.manager, at=PUBLISHED)
    facade.waiting.decide_objection(upheld, upheld=True, opinion="经核实属实", by=world.officer, at=PUBLISHED)
    facade.waiting.decide_objection(dismissed, upheld=False, opinion="经核实不实", by=world.officer, at=PUBLISHED)
    over = testing.noon(date(2026, 10, 14))
    cleared = facade.waiting.finish_publicity(publicity.pk, by=world.manager, at=over)
    assert cleared == FAMILIES - 1 - 2 - 1  # one withdrew, two not eligible, one objection upheld
    due = models.Application.objects.filter(state="deposit_due").order_by("pool_no").values_list("number", flat=True)
    for number in list(due):
        facade.waiting.pay_deposit(
            number, amount=Decimal(10000), document=number, on=over.date(), by=world.manager, at=over
        )


def draw_and_verify(world: testing.World, tmp_path: Path) -> list[str]:
    draw = testing.hold_draw(world, at=testing.noon(date(2026, 10, 20)))
    row = models.Draw.objects.get(pk=draw)
    package = tmp_path / "draw.zip"
    package.write_bytes(bytes(row.package))
    found = CliRunner().invoke(lottery, ["verify", str(package)])
    assert found.exit_code == 0, found.output
    folder = tmp_path / "open"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    alone = subprocess.run(
        [sys.executable, "-I", str(folder / "verify_draw.py"), str(folder)], capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0, alone.stdout + alone.stderr
    (folder / "list.csv").write_text((folder / "list.csv").read_text().replace("00001", "00002", 1))
    spoilt = CliRunner().invoke(lottery, ["verify", str(folder)])
    assert spoilt.exit_code == 1
    assert "list.csv" in spoilt.output
    return [r.application.number for r in models.DrawRank.objects.filter(draw=row).order_by("place")]


def select(world: testing.World, order: list[str]) -> list[str]:
    """24 homes: two of the first 24 do not come; one comes and goes back to waiting; the next are called."""
    draw = models.Draw.objects.get(live_key=world.announcement)
    called = facade.selection.call(draw.pk, HOMES, by=world.manager, at=CHOSEN)
    assert called == order[:HOMES]
    homes = list(world.homes)
    chosen = []
    for place, number in enumerate(called):
        if place in (3, 7):
            facade.selection.note_absent(number, by=world.manager, at=CHOSEN)
            facade.selection.disqualify(number, reason="未参加选房", by=world.officer, at=CHOSEN)
            continue
        if place == 9:
            facade.selection.stay_waiting(number, by=world.manager, at=CHOSEN)
            continue
        if chosen:
            with pytest.raises(HomeTaken):
                facade.selection.choose(number, world.homes[0], by=world.manager, at=CHOSEN)
        facade.selection.choose(number, homes.pop(0), by=world.manager, at=CHOSEN)
        chosen.append(number)
    more = facade.selection.call(draw.pk, 3, by=world.manager, at=CHOSEN)
    assert more == [order[9], order[24], order[25]]  # who stayed keeps the place, then the next ranks
    for number in more:
        facade.selection.choose(number, homes.pop(0), by=world.manager, at=CHOSEN)
        chosen.append(number)
    assert not homes
    return chosen


def test_a_project_lives_its_whole_life(world: testing.World, tmp_path: Path) -> None:
    numbers = apply_all(world)
    review_all(world, numbers)
    conclude_all(world, numbers)
    publish_and_pay(world, numbers)
    order = draw_and_verify(world, tmp_path)
    chosen = select(world, order)
    assert len(chosen) == models.Home.objects.filter(state="reserved").count() == HOMES

    buyer, heirless = chosen[0], chosen[1]
    for number in (buyer, heirless):
        price = facade.sales.contract(number, contract_no=f"合同 {number}", by=world.manager, at=CHOSEN)
        facade.sales.pay(
            number, amount=price - 10000, document=f"房款 {number}", on=CHOSEN.date(), by=world.manager, at=CHOSEN
        )
        facade.sales.note_rental(
            number, rents=True, left_on=CHOSEN.date(), document="退租证明", by=world.officer, at=CHOSEN
        )
        facade.sales.hand_over(number, document="交房单", by=world.manager, at=CHOSEN)
    gone = chosen[2]
    facade.sales.contract(gone, contract_no="合同 3", by=world.manager, at=CHOSEN)
    with pytest.raises(Refused, match="2 年"):
        facade.owned.exit_application(gone, number_of_case=1, reason="未付款", by=world.officer, at=CHOSEN)
    later = testing.noon(date(2028, 10, 16))
    facade.owned.exit_application(gone, number_of_case=1, reason="未付款", by=world.officer, at=later)
    facade.sales.refund(gone, document="退款 1", on=later.date(), by=world.manager, at=later)

    home = models.Sale.objects.get(application__number=buyer, ended_at=None).home_id
    years = testing.noon(date(2036, 10, 26))
    facade.owned.request_buyback(home, by=world.manager, at=years)
    facade.owned.inspect(home, dict.fromkeys(facade.BUYBACK_CHECKS, True), by=world.manager, at=years)
    facade.owned.price_buyback(home, on=years.date(), by=world.manager, at=years)
    paid = facade.owned.settle_buyback(home, document="回购 1", on=years.date(), by=world.manager, at=years)
    assert paid == Decimal("280000.00")  # 350,000 yuan, ten of fifty years worn
    facade.owned.sell_again(home, by=world.manager, at=years)

    kept = models.Sale.objects.get(application__number=heirless, ended_at=None).home_id
    facade.owned.inherit(
        kept, [PersonDraft("heir", "演继承", testing.identity(9))], document="继承公证书 1", by=world.officer, at=years
    )
    assert models.Ownership.objects.get(live_key=kept).closed_circulation

    check_the_account(world)
    for subject in (home, kept):
        assert facade.dossiers.dossier(world.officer, subject).intact
    assert "住房已回购" in {e.title for e in facade.dossiers.dossier(world.officer, home).events}


def check_the_account(world: testing.World) -> None:
    """The account holds exactly what households paid minus what they got back and the buy-back; nothing leaves it."""
    payments = models.Payment.objects.aggregate(s=Sum("amount"))["s"]
    bought = models.Buyback.objects.aggregate(s=Sum("price"))["s"]
    assert facade.funds.balance(world.project) == payments - bought
    assert facade.funds.verify(world.project) == ""
    with pytest.raises(Diversion, match="严禁挤占挪用"):
        facade.funds.book(
            world.project, kind="sales", purpose="办公经费", amount=Decimal(-1), on=AT.date(), document="凭证", at=AT,
            by=world.manager,
        )  # fmt: skip


def test_no_shows_are_banned_and_free_after_a_year(world: testing.World) -> None:
    for n in range(3):
        testing.qualify(world, testing.apply(world, testing.family(n), at=AT), at=AT)
    testing.clear_and_pay(world, at=AT)
    draw = testing.hold_draw(world, at=AT + timedelta(days=20))
    number = facade.selection.call(draw, 1, by=world.manager, at=CHOSEN)[0]
    facade.selection.note_absent(number, by=world.manager, at=CHOSEN)
    facade.selection.disqualify(number, reason="未参加选房", by=world.officer, at=CHOSEN)
    facade.announcements.close(world.announcement, by=world.manager, at=CHOSEN)
    family = testing.family(int(number[-5:]) - 1)
    testing.announce(world, at=CHOSEN, days=800)
    with pytest.raises(Duplicate, match="2027-10-26 前不得再次申请"):
        testing.apply(world, family, at=testing.noon(date(2027, 10, 25)))
    testing.apply(world, family, at=testing.noon(date(2027, 10, 26)))


def test_the_family_declares_its_homes_as_a_draft(world: testing.World) -> None:
    draft = replace(testing.family(5), homes=(HomeDraft("乌达区", Decimal("40.5"), Decimal("0.5")),))
    number = testing.apply(world, draft, at=AT, submit=False)
    assert facade.cases.application(world.officer, number).homes[0].area_m2 == Decimal("40.5")
