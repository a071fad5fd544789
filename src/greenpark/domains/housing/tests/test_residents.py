"""The phone pages: a whole application without scripts, bad input, limits, masks, rank, slot, and what is not shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from greenpark.domains.housing import models, testing
from greenpark.domains.housing.contracts import HousingError, resident
from greenpark.domains.housing.services import residents, review, selection, waiting
from greenpark.kernel.periods import PARK_ZONE

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108020000009077") + b"x" * 40


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def world(db: None) -> testing.World:
    at = now()
    made = testing.make_world(at=at)
    testing.decide_parameters(made, at=at)
    testing.make_project(made, at=at)
    testing.announce(made, at=at)
    return made


@pytest.fixture
def client() -> Client:
    return Client()


def begin(client: Client, world: testing.World) -> SimpleNamespace:
    """A draft by the public page; number and code as printed there."""
    page = client.post(reverse("housing:public-start", args=[world.announcement]), {"agree": "1"})
    assert page.status_code == 200
    text = page.content.decode()
    number = re.search(r'id="number">([^<]+)', text)
    code = re.search(r'id="code">([^<]+)', text)
    assert number
    assert code
    return SimpleNamespace(number=number[1], code=code[1].replace(" ", ""))


def step(client: Client, name: str, /, **data: Any) -> Any:
    return client.post(reverse("housing:my-form", args=[name]), data)


APPLICANT = {"name": "演甲乙", "phone": "13900001234", "married": "yes"}
HOMES = {
    "hukou_district": "海南区", "lives_locally": "yes", "rents_public": "no", "owns": "no",
    "address": "虚构路 9 号 3 单元", "home_count": "0",
}  # fmt: skip


def numbers() -> SimpleNamespace:
    return SimpleNamespace(
        me=testing.identity(301), spouse=testing.identity(302, male=False),
        child=testing.identity(303, born=date(2015, 3, 2)),
    )  # fmt: skip


def upload(client: Client, kind: str, content: bytes = testing.PDF, kind_of: str = "application/pdf") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return step(client, "documents", kind=kind, file=SimpleUploadedFile("材料.pdf", content, content_type=kind_of))


def fill(client: Client) -> SimpleNamespace:
    """Everything up to the review."""
    people = numbers()
    assert step(client, "applicant", **APPLICANT, identity_number=people.me).status_code == 302
    family = {
        "spouse-name": "演丙丁", "spouse-identity_number": people.spouse, "spouse-phone": "", "child_count": "1",
        "child-0-name": "演小甲", "child-0-identity_number": people.child,
    }  # fmt: skip
    assert step(client, "family", **family).status_code == 302
    assert step(client, "homes", **HOMES).status_code == 302
    for kind in ("form", "identity", "pledge"):
        assert upload(client, kind).status_code == 302
    consents = {f"consent-{n}": "on" for n in range(3)}
    assert step(client, "pledge", **consents, pledge="on").status_code == 302
    return people


def test_a_family_applies_without_scripts(client: Client, world: testing.World) -> None:
    case = begin(client, world)
    people = fill(client)
    review_page = client.get(reverse("housing:my-form", args=["review"])).content.decode()
    for number in vars(people).values():
        assert number not in review_page
    assert step(client, "review").status_code == 302
    row = models.Application.objects.get(number=case.number)
    assert row.state == "submitted"
    assert row.members.count() == 3
    assert all(m.consented_at for m in row.members.all())
    assert not models.SavedDraft.objects.exists()
    assert "待受理" in client.get(reverse("housing:my")).content.decode()


def test_draft_is_kept_sealed_and_resumed_by_number_and_code(client: Client, world: testing.World) -> None:
    case, people = begin(client, world), numbers()
    step(client, "applicant", **APPLICANT, identity_number=people.me)
    kept = models.SavedDraft.objects.get()
    assert people.me not in kept.sealed
    assert "演甲乙" not in kept.sealed
    other = Client()
    answer = other.post(reverse("housing:my-enter"), {"number": case.number.lower(), "code": f" {case.code.lower()} "})
    assert answer.status_code == 302
    page = other.get(reverse("housing:my-form", args=["applicant"])).content.decode()
    assert "演甲乙" in page
    assert people.me not in page
    assert f"尾号 {people.me[-4:]}" in page
    # Leaving the number blank keeps it.
    assert step(other, "applicant", **APPLICANT, identity_number="").status_code == 302
    assert residents.draft(resident(models.Application.objects.get().pk))["applicant"]["identity_number"] == people.me


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"identity_number": "1"}, "身份证号应为 18 位，现为 1 位"),
        ({"identity_number": testing.identity(301)[:-1] + "?"}, "前 17 位应为数字"),
        ({"identity_number": "999999199013041237"}, "出生日期 19901304 不存在"),
        ({"name": ""}, "请填写姓名"),
        ({"phone": "123"}, "手机号应为 11 位数字，现为 3 位"),
        ({"married": ""}, "请选择：婚姻状况"),
    ],
)
def test_wrong_input_is_told_beside_the_field_and_at_the_top(
    client: Client, world: testing.World, change: dict[str, str], told: str
) -> None:
    begin(client, world)
    page = step(client, "applicant", **{**APPLICANT, "identity_number": testing.identity(301), **change})
    assert page.status_code == 422
    text = page.content.decode()
    assert text.count(told) == 2
    assert 'role="alert"' in text
    assert not models.SavedDraft.objects.exists()


def test_wrong_check_digit_is_explained(client: Client, world: testing.World) -> None:
    begin(client, world)
    right = testing.identity(301)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    text = step(client, "applicant", **APPLICANT, identity_number=wrong).content.decode()
    assert "校验位不符，请核对是否输错一位或颠倒两位" in text
    assert "GB 11643" in text


def test_rows_are_added_and_removed(client: Client, world: testing.World) -> None:
    begin(client, world)
    people = numbers()
    step(client, "applicant", **{**APPLICANT, "married": "no"}, identity_number=people.me)
    page = step(client, "family", child_count="0", add="child")
    assert page.status_code == 200
    assert 'name="child-0-name"' in page.content.decode()
    adult = testing.identity(305, born=date(1995, 1, 1))
    row = {"child_count": "1", "child-0-name": "演小甲"}
    old = step(client, "family", **row, **{"child-0-identity_number": adult})
    assert old.status_code == 422
    assert "已满 18 岁" in old.content.decode()
    assert step(client, "family", **row, **{"child-0-identity_number": people.child}).status_code == 302
    assert step(client, "family", **row, **{"child-0-identity_number": ""}, remove="0").status_code == 302
    assert residents.draft(resident(models.Application.objects.get().pk))["children"] == []


def test_own_homes_with_shares(client: Client, world: testing.World) -> None:
    begin(client, world)
    step(client, "applicant", **{**APPLICANT, "married": "no"}, identity_number=testing.identity(301))
    assert step(client, "homes", **{**HOMES, "owns": "yes"}).status_code == 422
    home = {"home_count": "1", "owns": "yes", "home-0-district": "乌达区", "home-0-area_m2": "52.30"}
    bad = step(client, "homes", **{**HOMES, **home, "home-0-share": "3/2"})
    assert "份额应大于 0 且不超过 1" in bad.content.decode()
    assert step(client, "homes", **{**HOMES, **home, "home-0-share": "1/2"}).status_code == 302
    assert residents.draft(resident(models.Application.objects.get().pk))["homes"][0]["share"] == "0.5"


def test_uploads_are_limited_in_kind_and_size(client: Client, world: testing.World) -> None:
    begin(client, world)
    assert "只接受 PDF、JPG、PNG" in upload(client, "form", b"MZ virus").content.decode()
    assert upload(client, "nonsense").status_code == 422
    assert upload(client, "form", b"%PDF" + b"0" * (10 * 1024 * 1024)).status_code == 422
    assert "还没有选择文件" in step(client, "documents", kind="form").content.decode()
    assert upload(client, "identity", PNG, "image/png").status_code == 302
    found = models.Document.objects.get()
    shown = client.get(reverse("housing:my-upload", args=[found.pk]))
    assert shown.content == PNG
    assert shown["Cache-Control"] == "no-store"
    assert Client().get(reverse("housing:my-upload", args=[found.pk])).status_code == 302
    client.post(reverse("housing:my-upload-remove", args=[found.pk]))
    assert not models.Document.objects.exists()


def test_nothing_is_submitted_while_something_is_missing(client: Client, world: testing.World) -> None:
    begin(client, world)
    page = step(client, "review")
    assert page.status_code == 422
    assert models.Application.objects.get().state == "draft"


def test_a_person_belongs_to_one_household(client: Client, world: testing.World) -> None:
    begin(client, world)
    fill(client)
    step(client, "review")
    second = Client()
    begin(second, world)
    people = fill(second)
    page = step(second, "review")
    assert page.status_code == 422
    assert "一人只能属于一个家庭" in page.content.decode()
    assert people.me not in page.content.decode()


def test_query_code_is_stored_hashed_and_guessing_is_stopped(client: Client, world: testing.World) -> None:
    case = begin(client, world)
    assert case.code not in str(list(models.Application.objects.values()))
    stranger, where = Client(), reverse("housing:my-enter")
    for _ in range(5):
        assert stranger.post(where, {"number": case.number, "code": "WRONG"}).status_code == 422
    stopped = stranger.post(where, {"number": case.number, "code": case.code})
    assert stopped.status_code == 429
    assert "请 15 分钟后再试" in stopped.content.decode()
    at = now() + timedelta(minutes=16)
    assert residents.enter(case.number, case.code, origin="x", at=at).kind == "resident"


def test_guessing_many_numbers_from_one_place_is_stopped(world: testing.World) -> None:
    at = now()
    for n in range(30):
        with pytest.raises(Exception, match="不对"):
            residents.enter(f"HS{n}", "X", origin="203.0.113.9", at=at)
    with pytest.raises(residents.TooMany):
        residents.enter("HS99", "X", origin="203.0.113.9", at=at)
    assert not models.Attempt.objects.filter(key__contains="203.0").exists()


def test_new_drafts_from_one_place_are_limited(world: testing.World) -> None:
    at = now()
    for _ in range(20):
        residents.start(world.announcement, origin="203.0.113.9", at=at)
    with pytest.raises(residents.TooMany):
        residents.start(world.announcement, origin="203.0.113.9", at=at)


def test_starting_needs_the_agreement_and_an_open_registration(client: Client, world: testing.World) -> None:
    where = reverse("housing:public-start", args=[world.announcement])
    assert client.post(where, {}).status_code == 422
    models.Announcement.objects.update(register_until=date(2025, 5, 1), register_from=date(2025, 4, 2))
    late = client.post(where, {"agree": "1"})
    assert late.status_code == 422
    assert "现在不能申请" in late.content.decode()
    assert not models.Application.objects.exists()


@pytest.mark.parametrize("name", ["my", "my-notices", "my-rank", "my-slots", "my-withdraw", "my-proxy", "my-sent"])
def test_pages_of_a_family_lead_strangers_to_the_look_up(client: Client, world: testing.World, name: str) -> None:
    answer = client.get(reverse(f"housing:{name}"))
    assert answer.status_code == 302
    assert answer["Location"] == reverse("housing:my-enter")


def test_supplement_from_request_to_submission(client: Client, world: testing.World) -> None:
    case = begin(client, world)
    people = fill(client)
    step(client, "review")
    review.ask_supplement(case.number, ["婚姻状况材料"], by=world.officer, at=now(), until=date(2099, 1, 4))
    page = client.get(reverse("housing:my")).content.decode()
    assert "婚姻状况材料" in page
    assert "2099年1月4日" in page
    assert upload(client, "marriage").status_code == 302
    again = client.get(reverse("housing:my-form", args=["applicant"])).content.decode()
    assert people.me not in again
    consents = {f"consent-{n}": "on" for n in range(3)}
    assert step(client, "pledge", **consents, pledge="on").status_code == 302
    assert step(client, "review").status_code == 302
    assert models.Application.objects.get().state == "submitted"


def test_withdrawal_asks_first(client: Client, world: testing.World) -> None:
    begin(client, world)
    fill(client)
    step(client, "review")
    where = reverse("housing:my-withdraw")
    assert "退出意味着什么" in client.get(where).content.decode()
    assert client.post(where, {"reason": ""}).status_code == 422
    assert models.Application.objects.get().state == "submitted"
    assert client.post(where, {"sure": "on"}).status_code == 302
    assert models.Application.objects.get().state == "withdrawn"
    assert "已退出" in client.get(reverse("housing:my")).content.decode()


def enter_as(number: str) -> Client:
    """A client inside that case, past the look-up."""
    client = Client()
    session = client.session
    session["housing_case"] = models.Application.objects.get(number=number).pk
    session.save()
    return client


@pytest.fixture
def drawn(world: testing.World) -> SimpleNamespace:
    """Four families, qualified, cleared, drawn; registered some weeks ago."""
    at = now()
    for n in range(4):
        testing.qualify(world, testing.apply(world, testing.family(n), at=at), at=at)
    publicity = waiting.start_publicity(world.announcement, by=world.manager, at=at)
    row = models.Publicity.objects.get(pk=publicity.pk)
    return SimpleNamespace(world=world, publicity=row, at=at)


def finish(drawn: SimpleNamespace) -> tuple[int, list[str]]:
    """Publicity over, deposits paid, drawn, two called."""
    after = testing.noon(drawn.publicity.end + timedelta(days=1))
    world = drawn.world
    waiting.finish_publicity(drawn.publicity.pk, by=world.manager, at=after)
    from decimal import Decimal

    for row in models.Application.objects.filter(state="deposit_due"):
        waiting.pay_deposit(row.number, amount=Decimal(10000), document="演示收据", on=after.date(), by=world.manager,
                            at=after)  # fmt: skip
    draw = testing.hold_draw(world, at=after)
    return draw, selection.call(draw, 2, by=world.manager, at=after + timedelta(hours=1))


def test_public_list_is_masked_and_comes_down(client: Client, drawn: SimpleNamespace) -> None:
    where = reverse("housing:public-publicity", args=[drawn.publicity.pk])
    page = client.get(where)
    assert page.status_code == 200
    text = page.content.decode()
    assert "演＊" in text
    member = models.Member.objects.filter(relation="applicant").first()
    for n in range(4):
        assert testing.invented_name(n) not in text
        for person in testing.family(n).people:
            assert person.identity_number not in text
    assert member is not None
    assert member.identity_masked in text
    models.Publicity.objects.update(start=date(2025, 5, 1), end=date(2025, 5, 9))
    gone = client.get(where)
    assert gone.status_code == 410
    assert "演＊" not in gone.content.decode()
    assert drawn.publicity.digest in gone.content.decode()


def test_rank_can_be_checked_by_anybody(client: Client, drawn: SimpleNamespace) -> None:
    draw, called = finish(drawn)
    where = reverse("housing:public-draw", args=[draw])
    assert "全部顺位可以复算，与公布一致" in client.get(where).content.decode()
    hit = client.get(where, {"number": called[0].lower()}).content.decode()
    assert re.search(rf"{called[0]} 排第 <b class=\"num\">1</b> 位", hit)
    assert "不在名册中" in client.get(where, {"number": "HS0"}).content.decode()
    package = client.get(reverse("housing:public-package", args=[draw]))
    assert package.content[:2] == b"PK"
    script = client.get(reverse("housing:public-script")).content
    assert len(script.decode().splitlines()) <= 100
    mine = enter_as(called[1]).get(reverse("housing:my-rank")).content.decode()
    assert "002" in mine
    assert "先封名单" in mine


def test_the_script_confirms_the_downloaded_package(client: Client, drawn: SimpleNamespace, tmp_path: Any) -> None:
    import subprocess
    import sys

    draw, called = finish(drawn)
    (tmp_path / "p.zip").write_bytes(client.get(reverse("housing:public-package", args=[draw])).content)
    (tmp_path / "v.py").write_bytes(client.get(reverse("housing:public-script")).content)
    told = subprocess.run(
        [sys.executable, "-I", "v.py", "p.zip", called[0]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{called[0]} -> 1" in told.stdout


def test_a_changed_result_is_shown_as_such(client: Client, drawn: SimpleNamespace) -> None:
    draw, called = finish(drawn)
    models.DrawRank.objects.filter(draw_id=draw, application__number=called[0]).update(score="0" * 64)
    text = client.get(reverse("housing:public-draw", args=[draw]), {"number": called[0]}).content.decode()
    assert "不一致" in text


def test_slots_are_booked_and_full_ones_refused(drawn: SimpleNamespace) -> None:
    draw, called = finish(drawn)
    at = now()
    selection.make_slots(draw, start=at + timedelta(days=30), count=2, minutes=30, capacity=1, place="虚构路 1 号",
                         by=drawn.world.manager, at=at)  # fmt: skip
    first, second = (enter_as(n) for n in called)
    where = reverse("housing:my-slots")
    slots = list(models.Slot.objects.values_list("pk", flat=True))
    assert first.post(where, {}).status_code == 422
    assert first.post(where, {"slot": slots[0]}).status_code == 302
    full = second.post(where, {"slot": slots[0]})
    assert full.status_code == 422
    assert "已约满" in full.content.decode()
    assert second.post(where, {"slot": "999999"}).status_code == 422
    start = models.Slot.objects.get(pk=slots[0]).start.astimezone(PARK_ZONE)
    assert f"{start:%Y-%m-%d %H:%M}" in first.get(reverse("housing:my")).content.decode()
    waiting_family = models.Application.objects.filter(state="deposit_paid").first()
    assert waiting_family is not None
    assert enter_as(waiting_family.number).get(where).status_code == 302


def test_proxy_form_makes_a_document_and_keeps_nothing(drawn: SimpleNamespace) -> None:
    _, called = finish(drawn)
    client, proxy = enter_as(called[0]), testing.identity(444)
    where = reverse("housing:my-proxy")
    assert client.post(where, {"proxy_name": "演受托", "relation": "邻居", "proxy_identity": "12"}).status_code == 422
    made = client.post(where, {"proxy_name": "演受托", "relation": "邻居", "proxy_identity": proxy})
    assert made.content[:2] == b"PK"
    assert not models.Sale.objects.exists()


def test_large_type_is_kept_in_a_cookie(client: Client, world: testing.World) -> None:
    where = reverse("housing:public")
    assert 'class="large"' not in client.get(where).content.decode()
    back = client.post(reverse("housing:public-size"), {"size": "large", "next": "https://example.com/"})
    assert back["Location"] == where
    assert 'class="large"' in client.get(where).content.decode()


def test_leaving_ends_the_session(client: Client, world: testing.World) -> None:
    begin(client, world)
    client.post(reverse("housing:my-leave"))
    assert client.get(reverse("housing:my")).status_code == 302


def test_verdicts_of_bureaus_and_objections_stay_inside(drawn: SimpleNamespace) -> None:
    number = drawn.publicity.rows[0]["number"]
    waiting.object_to(number, "邻居李四说他有房", by=drawn.world.manager, at=now(), contact="李四")
    page = enter_as(number).get(reverse("housing:my-notices")).content.decode()
    assert "收到异议" in page
    assert "李四" not in page
    assert "公安：" not in page


def test_an_unknown_page_of_the_draw_is_404(client: Client, world: testing.World) -> None:
    assert client.get(reverse("housing:public-draw", args=[99])).status_code == 404
    assert client.get(reverse("housing:public-announcement", args=[99])).status_code == 404
    draft = testing.draws.prepare(
        world.announcement,
        parties=testing.PARTIES,
        rounds=[testing.drawing.RoundRules("1")],
        by=world.manager,
        at=now(),
    )
    assert client.get(reverse("housing:public-draw", args=[draft])).status_code == 404


def test_a_submitted_case_is_not_typed_again(client: Client, world: testing.World) -> None:
    begin(client, world)
    fill(client)
    step(client, "review")
    assert client.get(reverse("housing:my-form", args=["applicant"])).status_code == 302
    with pytest.raises(HousingError, match="不能再改"):
        residents.keep({"married": False}, by=resident(models.Application.objects.get().pk), at=now())


def test_a_lost_code_is_renewed_at_the_counter(client: Client, world: testing.World) -> None:
    case = begin(client, world)
    with pytest.raises(HousingError, match="证件"):
        residents.renew_code(case.number, proof="", by=world.officer, at=now())
    code = residents.renew_code(case.number, proof="身份证原件", by=world.officer, at=now())
    assert residents.enter(case.number, code, origin="x", at=now()).kind == "resident"
    with pytest.raises(Exception, match="不对"):
        residents.enter(case.number, case.code, origin="x", at=now())
