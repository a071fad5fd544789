"""The page frame in a real browser: sizes, keyboard, dialogs, charts, live parts, without scripts, error pages."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import driver, gallery
from tests.browser.conftest import Desk


@pytest.fixture(autouse=True)
def _gallery(settings: object) -> None:
    """Add the gallery to the addresses of this test."""
    settings.ROOT_URLCONF = "tests.browser.gallery"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [gallery.TEMPLATES]}]


def open_gallery(desk: Desk, size: tuple[int, int] = (1366, 768), **more: object) -> Page:
    page = desk.page("duty-officer", size, **more)
    page.goto("/gallery/")
    driver.settle(page)
    return page


def test_every_piece_holds_at_every_size(desk: Desk, viewport: tuple[int, int]) -> None:
    page = open_gallery(desk, viewport)
    assert driver.sideways(page) == []
    assert driver.clipped(page) == []
    for name, spec in gallery.specs().items():
        if name != "none":
            assert page.locator(f"[data-chart={name}]").locator("svg, canvas").count() >= 1, spec["kind"]
    assert page.locator(".chart-error").count() == 0
    assert page.locator(".chart-empty").count() == 1
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    if folder := os.environ.get("GREENPARK_SHOTS"):  # a folder: keep the picture to look at
        page.screenshot(path=f"{folder}/gallery-{viewport[0]}.png", full_page=True)
    assert page.locator("meta[name=renderer]").get_attribute("content") == "webkit"


def test_download_holds_every_value_with_a_byte_order_mark(desk: Desk, tmp_path: Path) -> None:
    page = open_gallery(desk)
    box = page.locator(".chart-box", has=page.locator("[data-chart=line]"))
    with page.expect_download() as waiting:
        box.get_by_role("button", name="下载数据").click()
    file = tmp_path / "data.csv"
    waiting.value.save_as(file)
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    spec = gallery.specs()["line"]
    assert rows[0] == ["时间", "SO₂（mg/m³）"]
    assert rows[1] == ["2025-11-22 00:00", "18"]
    assert [row[1] for row in rows[1:]] == ["" if v is None else str(v) for v in spec["series"][0]["data"]]


def test_csv_defuses_formulas(desk: Desk) -> None:
    page = open_gallery(desk)
    text = page.evaluate(
        """async () => {
          const { csv } = await import('/static/shell/js/csv.js');
          return csv({kind: 'bar', x: ['=1+1', 'a"b', '甲,乙'], series: [{name: '量', data: [-1.5, null, 1e9]}]});
        }"""
    )
    assert list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))[1:] == [
        ["'=1+1", "-1.5"],
        ['a"b', ""],
        ["甲,乙", "1000000000"],
    ]


def test_numbers_read_the_same_in_browser_and_template(desk: Desk) -> None:
    page = open_gallery(desk)
    shown = page.evaluate(
        """async () => {
          const { num, moment, axis } = await import('/static/shell/js/format.js');
          return [num(28412.6, 1), num(-0.04, 1), num(NaN, 1), num(null, 1), num(1e9, 0), num(0, 0), moment(0),
                  axis(12345678), axis(2.5e8), axis(-40000), axis(0.1 + 0.2)];
        }"""
    )
    assert shown == [
        "28,412.6", "0.0", "—", "—", "1,000,000,000", "0", "1970-01-01 08:00", "1234.57 万", "2.5 亿", "-4 万", "0.3",
    ]  # fmt: skip


def test_slash_searches_and_escape_closes_menus(desk: Desk) -> None:
    page = open_gallery(desk)
    menu = page.locator(".person-menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("button", name="退出登录")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="退出登录")).to_be_hidden()
    if page.locator("[data-search]").count():
        page.locator("h1").click()
        page.keyboard.press("/")
        expect(page.locator("[data-search]")).to_be_focused()


def test_first_tab_stop_skips_to_the_content(desk: Desk) -> None:
    page = open_gallery(desk)
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_class("skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_dialog_names_the_object_and_closes_by_keyboard(desk: Desk) -> None:
    page = open_gallery(desk)
    page.get_by_role("link", name="月结").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("示范企业 A 的 2026-10")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_errors_keep_what_was_typed(desk: Desk) -> None:
    page = open_gallery(desk, expected={422})
    page.get_by_label("外购电量").fill("-3")
    page.get_by_label("说明").fill("检修")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("有 1 处需要改正")
    assert page.get_by_label("外购电量").input_value() == "-3"
    assert page.get_by_label("说明").input_value() == "检修"
    assert page.evaluate("document.activeElement.classList.contains('error-sum')")


def test_live_parts_are_fetched_again_and_their_charts_drawn(desk: Desk) -> None:
    page = open_gallery(desk)
    expect(page.locator("#count")).to_have_text("1", timeout=10_000)
    expect(page.locator("[data-chart=live-chart] svg")).to_be_visible()
    expect(page.locator("#count")).to_have_text("2", timeout=10_000)


def test_live_parts_wait_while_the_page_is_hidden(desk: Desk) -> None:
    page = open_gallery(desk)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.clock.run_for(20_000)
    assert [url for url in asked if "live" in url] == []


def test_phone_menu_opens_as_a_drawer(desk: Desk) -> None:
    page = open_gallery(desk, (375, 812))
    side = page.locator("#side")
    expect(side).to_be_hidden()
    page.get_by_role("link", name="打开菜单").tap()
    expect(side).to_be_visible()
    page.get_by_role("link", name="关闭菜单").tap()
    expect(side).to_be_hidden()


def test_tables_become_cards_on_phones(desk: Desk) -> None:
    page = open_gallery(desk, (375, 812))
    assert page.locator("table.cards tbody tr").first.evaluate("row => getComputedStyle(row).display") == "grid"
    label = page.locator("table.cards td[data-label]").first
    assert label.evaluate("cell => getComputedStyle(cell, '::before').content") == '"行业"'


def test_everything_is_there_without_scripts(desk: Desk) -> None:
    page = desk.page("duty-officer", (375, 812), scripts=False)
    page.goto("/gallery/")
    page.get_by_role("link", name="打开菜单").click()
    expect(page.locator("#side")).to_be_visible()
    page.goto("/gallery/")
    page.locator(".chart-table summary").first.click()
    expect(page.locator(".chart-table td").first).to_be_visible()
    page.get_by_role("link", name="月结").first.click()
    expect(page.locator("#close-it")).to_be_visible()


def test_english_is_a_choice_and_chinese_the_rule(desk: Desk) -> None:
    page = desk.page("duty-officer")
    page.set_extra_http_headers({"Accept-Language": "en-US,en"})
    page.goto("/gallery/")
    expect(page.locator(".brand-name")).to_have_text("绿园")
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator(".brand-name")).to_have_text("GreenPark")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator(".brand-name")).to_have_text("绿园")


def test_error_pages_say_what_happened_and_carry_a_number(desk: Desk) -> None:
    page = desk.page("duty-officer", expected={404})
    page.goto("/no-such-page/")
    expect(page.locator("h1")).to_have_text("找不到这一页")
    assert re.fullmatch(r"[0-9A-F]{8}", page.locator(".event-number").inner_text())


def test_a_crash_shows_a_page_without_details(desk: Desk) -> None:
    page = desk.page("duty-officer", expected={500})
    page.goto("/gallery/broken/")
    expect(page.locator("h1")).to_have_text("系统出错，未能完成")
    assert "provoked" not in page.content()
    assert re.fullmatch(r"[0-9A-F]{8}", page.locator(".event-number").inner_text())


def test_signing_out_leads_to_the_sign_in_page(desk: Desk) -> None:
    page = open_gallery(desk)
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in/**")


def test_the_demo_banner_stands_on_every_page_of_a_demonstration(desk: Desk, settings: object) -> None:
    settings.DEMO = True
    expect(open_gallery(desk).locator(".demo-banner")).to_contain_text("演示数据")
    stranger = desk.page()
    stranger.goto("/sign-in/")
    expect(stranger.locator(".demo-banner")).to_contain_text("演示数据")


def test_contrast_of_text_meets_wcag_aa(desk: Desk) -> None:
    """Every visible text of the gallery against its own ground: 4.5:1, or 3:1 from 24 px on."""
    page = open_gallery(desk)
    poor = page.evaluate(
        """() => {
          const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
          const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
          const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
          const ground = (node) => {
            for (let up = node; up; up = up.parentElement) {
              const [r, g, b, a = 1] = parse(getComputedStyle(up).backgroundColor);
              if (a > 0.99) return [r, g, b];
            }
            return [255, 255, 255];
          };
          const found = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode.parentElement;
            if (!walker.currentNode.textContent.trim() || !node.getClientRects().length) continue;
            if (node.closest('svg, script, noscript, [disabled]')) continue;
            const style = getComputedStyle(node);
            const [a, b] = [light(parse(style.color)), light(ground(node))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            const large = parseFloat(style.fontSize) >= 24;
            const text = walker.currentNode.textContent.trim().slice(0, 16);
            if (ratio < (large ? 3 : 4.5)) found.add(`${node.className} ${text} ${ratio.toFixed(2)}`);
          }
          return [...found];
        }"""
    )
    assert poor == []
