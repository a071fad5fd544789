"""A resident on a phone with large type: applies, sees progress, is drawn, checks the rank, books a slot."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from greenpark.domains.housing import models, testing
from greenpark.domains.housing.services import documents, paper_render, sales, selection, waiting
from tests.browser import driver
from tests.browser.conftest import Desk

PHONE = (375, 812)
#: First load without fonts [bytes].
MOST_BYTES = 100_000
#: A folder for pictures to look at; nothing is kept without it.
PICTURES = os.environ.get("GREENPARK_PICTURES", "")


_SMALL = """(least) => [...document.querySelectorAll(
    '.btn, button, input:not([type=hidden]), select, .foot a, label.tick, label.choice, .wizard a, .wizard summary'
  )].filter((node) => {
    if (['checkbox', 'radio'].includes(node.type)) return false;
    const box = node.getBoundingClientRect();
    return box.width && (box.height < least - 0.5 || box.width < Math.min(least, 44) - 0.5);
  }).map((node) => `${node.className} ${node.textContent.trim().slice(0, 12)}`)"""


@pytest.fixture
def world(people: dict[str, int]) -> testing.World:
    at = datetime.now(UTC)
    made = testing.make_world(at=at)
    testing.decide_parameters(made, at=at)
    testing.make_project(made, at=at)
    testing.announce(made, at=at)
    return made


def look(page: Page, name: str) -> None:
    """A picture, and what every picture has to be: nothing sideways, nothing too small to touch."""
    driver.settle(page)
    if PICTURES:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=False)
    assert driver.sideways(page) == [], name
    least, text = (60, 18) if page.locator("html.large").count() else (44, 14)
    small = page.evaluate(_SMALL, least)
    assert small == [], f"{name}: {small}"
    tiny = page.evaluate(
        """(least) => [...document.querySelectorAll('body *')].filter((node) =>
          [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim()) && node.getClientRects().length
          && !node.classList.contains('sr') && parseFloat(getComputedStyle(node).fontSize) < least - 0.01)
          .map((node) => node.textContent.trim().slice(0, 20))""",
        text,
    )
    assert tiny == [], f"{name}: {tiny}"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state("load")


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_load_state("load")


def send(page: Page, kind: str, path: Path) -> None:
    """Upload with progress; the page comes back with the file in its list."""
    form = page.locator(f"form[data-upload]:has(input[value={kind}])")
    form.locator("input[type=file]").set_input_files(path)
    with page.expect_navigation():
        form.get_by_role("button", name="上传").click()
    # Thumbnails come by themselves; the test database is one connection, so they may not cross the next request.
    page.wait_for_load_state("networkidle")


def picture(folder: Path) -> Path:
    """A small photograph: something that the browser can show as a thumbnail."""
    path = folder / "身份证.png"
    path.write_bytes(paper_render.qr_png("演示材料"))
    return path


def apply(page: Page, folder: Path) -> tuple[str, str]:
    """From the announcement to the submission. Returns number and code."""
    page.get_by_label("我已阅读并同意按上述用途使用个人信息").check()
    press(page, "开始填写")
    look(page, "03-code")
    number, code = page.locator("#number").inner_text(), page.locator("#code").inner_text()
    follow(page, "已记下，开始填写")
    page.get_by_label("姓名").fill("演甲乙")
    right = testing.identity(301)
    page.get_by_label("身份证号").fill(right[:-1] + ("0" if right[-1] != "0" else "1"))
    page.get_by_label("手机号").fill("13900001234")
    page.get_by_label("已婚", exact=True).check()
    press(page, "下一步")
    page.get_by_role("alert").wait_for()
    look(page, "04-applicant-wrong")
    assert page.get_by_label("姓名").input_value() == "演甲乙"
    page.get_by_label("身份证号").fill(testing.identity(301))
    press(page, "下一步")
    page.get_by_label("姓名").fill("演丙丁")
    page.get_by_label("身份证号").fill(testing.identity(302, male=False))
    press(page, "添加一名未成年子女")
    page.locator("[name=child-0-name]").fill("演小甲")
    page.locator("[name=child-0-identity_number]").fill(testing.identity(303, born=date(2015, 3, 2)))
    look(page, "05-family")
    press(page, "下一步")
    page.get_by_label("海南区", exact=True).check()
    page.locator("[name=lives_locally][value=yes]").check()
    page.get_by_label("现住址").fill("虚构路 9 号 3 单元 301")
    page.locator("[name=rents_public][value=no]").check()
    page.locator("[name=owns][value=no]").check()
    look(page, "06-homes")
    press(page, "下一步")
    for kind in ("form", "identity", "pledge"):
        send(page, kind, picture(folder))
    assert page.locator(".files img").count() == 3
    look(page, "07-documents")
    page.wait_for_load_state("networkidle")
    follow(page, "下一步")
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    look(page, "08-pledge")
    press(page, "下一步")
    look(page, "09-review")
    press(page, "提交申请")
    look(page, "10-sent")
    return number, code


def to_the_draw(world: testing.World, number: str) -> int:
    """Bureaus, publicity, deposits and draw, through the services, with three more families. Returns the draw."""
    at = datetime.now(UTC)
    for n in range(3):
        testing.qualify(world, testing.apply(world, testing.family(n), at=at), at=at)
    testing.qualify(world, number, at=at)
    documents.issue("acceptance", number, base="http://127.0.0.1", by=world.officer, at=at)
    publicity = waiting.start_publicity(world.announcement, by=world.manager, at=at)
    after = testing.noon(publicity.end + timedelta(days=1))
    waiting.finish_publicity(publicity.pk, by=world.manager, at=after)
    for row in models.Application.objects.filter(state="deposit_due"):
        waiting.pay_deposit(
            row.number, amount=Decimal(10000), document="演示收据", on=after.date(), by=world.manager, at=after
        )
    draw = testing.hold_draw(world, at=after)
    selection.call(draw, 4, by=world.manager, at=after)
    selection.make_slots(draw, start=after + timedelta(days=7), count=3, minutes=30, capacity=2,
                         place="虚构路 1 号", by=world.manager, at=after)  # fmt: skip
    return draw


def buy(world: testing.World, number: str) -> None:
    """Everybody up to the family's rank chooses; the family signs, pays and moves in; staff issue the documents."""
    at = models.Slot.objects.order_by("start").first().start
    place = models.DrawRank.objects.get(application__number=number).place
    earlier = models.DrawRank.objects.filter(place__lte=place).order_by("place")
    for home, rank in zip(world.homes, earlier.select_related("application"), strict=False):
        selection.choose(rank.application.number, home, by=world.manager, at=at)
    documents.issue("contract", number, base="http://127.0.0.1", by=world.manager, at=at)
    price = sales.contract(number, contract_no="演合 1", by=world.manager, at=at)
    rest = price - Decimal(10000)
    sales.pay(number, amount=rest, document="演示收据 2", on=at.date(), by=world.manager, at=at)
    sales.note_rental(number, rents=False, left_on=None, document="演示核对", by=world.officer, at=at)
    sales.hand_over(number, document="演示交接单", by=world.manager, at=at)
    documents.issue("settlement", number, base="http://127.0.0.1", by=world.manager, at=at)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """No LibreOffice, which takes seconds. And sessions are written only when they change: thumbnails come side by
    side, while the test database has one connection for all threads."""
    monkeypatch.setattr(paper_render, "soffice", lambda: None)
    settings.SESSION_SAVE_EVERY_REQUEST = False


def test_a_resident_goes_all_the_way(desk: Desk, world: testing.World, tmp_path: Path, quiet: None) -> None:
    page = desk.page(None, PHONE, expected={422})
    page.goto(reverse("housing:public"))
    press(page, "大字版")
    look(page, "01-list")
    page.locator(".cover").first.click()
    page.wait_for_load_state("load")
    look(page, "02-announcement")
    follow(page, "我要申请")
    number, code = apply(page, tmp_path)
    follow(page, "看进度")
    assert "待受理" in page.locator("main").inner_text()
    look(page, "11-progress")
    draw = to_the_draw(world, number)
    again = desk.page(None, PHONE)
    again.goto(reverse("housing:my-enter"))
    again.get_by_label("申请编号").fill(number)
    again.get_by_label("查询码").fill(code)
    press(again, "进入")
    place = models.DrawRank.objects.get(application__number=number).place
    assert f"{place:03d}" in again.locator(".result").inner_text()
    look(again, "12-drawn")
    follow(again, "看我的顺位怎么来的")
    assert "一致" in again.locator("main").inner_text()
    look(again, "13-rank")
    again.goto(reverse("housing:public-draw", args=[draw]))
    again.get_by_label("申请编号").fill(number)
    press(again, "核对")
    assert f"排第 {place} 位" in again.locator("main").inner_text()
    look(again, "14-check")
    again.goto(reverse("housing:my"))
    follow(again, "预约选房")
    again.locator("[name=slot]").first.check()
    look(again, "15-slots")
    press(again, "预约")
    assert "选房时间" in again.locator("main").inner_text()
    look(again, "16-booked")
    buy(world, number)
    again.goto(reverse("housing:my"))
    text = again.locator("main").inner_text()
    assert "已交房" in text
    assert "房款结算单" in text
    look(again, "18-handed-over")
    paper = models.IssuedDocument.objects.get(kind="acceptance")
    again.goto(reverse("housing:verify", args=[paper.code]))
    assert "登记在册，有效" in again.locator("main").inner_text()
    look(again, "17-verify")


@pytest.mark.parametrize("name", ["public", "my-enter", "verify-ask"])
def test_first_load_is_light(desk: Desk, world: testing.World, name: str) -> None:
    page = desk.page(None, PHONE)
    got: dict[str, int] = {}

    def count(response: Any) -> None:
        if not response.url.endswith(".woff2"):
            sizes = response.request.sizes()
            got[response.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]

    page.on("requestfinished", lambda request: count(request.response()))
    page.goto(reverse(f"housing:{name}"), wait_until="networkidle")
    assert got
    assert sum(got.values()) <= MOST_BYTES, got


def test_everything_works_without_scripts(desk: Desk, world: testing.World, tmp_path: Path, quiet: None) -> None:
    page = desk.page(None, (360, 740), scripts=False)
    page.goto(reverse("housing:public-start", args=[world.announcement]))
    page.get_by_label("我已阅读并同意按上述用途使用个人信息").check()
    press(page, "开始填写")
    page.goto(reverse("housing:my-form", args=["documents"]))
    form = page.locator("form[data-upload]").first
    form.locator("input[type=file]").set_input_files(picture(tmp_path))
    form.get_by_role("button", name="上传").click()
    page.wait_for_load_state("load")
    assert page.locator(".files li").count() == 1


def test_one_column_in_the_middle_of_a_desktop(desk: Desk, world: testing.World) -> None:
    page = desk.page(None, (1440, 900))
    page.goto(reverse("housing:public-announcement", args=[world.announcement]))
    look(page, "20-desktop")
    box = page.locator(".phone").bounding_box()
    bar = page.locator(".bar").bounding_box()
    assert box
    assert bar
    assert box["width"] == 480
    assert abs(box["x"] - 480) < 1
    assert abs(bar["x"] - box["x"]) < 1


def test_keyboard_reaches_the_form(desk: Desk, world: testing.World) -> None:
    page = desk.page(None, PHONE)
    page.goto(reverse("housing:my-enter"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "number":
            break
    assert page.evaluate("document.activeElement.name") == "number"
