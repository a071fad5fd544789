"""Template tags: what they write, that they escape, and that icons and texts are complete."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import gettext, override

from greenpark.project.installed import modules
from greenpark.project.shell import charts, messages, sprite

SOURCE = Path(charts.__file__).resolve().parents[2]


def rendered(template: str, **values: object) -> str:
    return Template(template).render(Context(values))


def test_status_carries_word_and_level() -> None:
    assert rendered('{% status "bad" "超期" %}') == '<span class="tag bad">超期</span>'
    with pytest.raises(KeyError):
        rendered('{% status "red" "超期" %}')


def test_text_is_escaped() -> None:
    assert "<b>" not in rendered('{% status "ok" t %}{% missing t %}{% trace t t %}', t="<b>")


@pytest.mark.parametrize(
    ("change", "good", "judgement", "text"),
    [
        (-0.021, "down", "good", "▼"),
        (0.142, "down", "worse", "▲"),
        (0.054, "up", "good", "▲"),
        (0.054, "none", "flat", "▲"),
        (0.0001, "down", "flat", "持平"),
    ],
)
def test_delta_arrow_is_direction_and_colour_is_judgement(change: float, good: str, judgement: str, text: str) -> None:
    shown = rendered("{{ v|delta:good }}", v=change, good=good)
    assert f"delta {judgement}" in shown
    assert text in shown
    assert rendered("{{ v|delta }}", v=None) == "—"


def test_figure_scales_names_its_source_and_says_why_it_is_missing() -> None:
    shown = rendered('{% figure "能耗" 3864000 "吨标准煤" source="月报" href="/x" estimated=True %}')
    assert '<span class="digits">386.4</span><span class="unit">万吨标准煤</span>' in shown
    assert "月报" in shown
    assert 'href="/x"' in shown
    assert "估" in shown
    absent = rendered('{% figure "能耗" v "吨标准煤" reason="尚无读数" %}', v=None)
    assert "尚无读数" in absent
    assert "吨标准煤" not in absent
    assert '<span class="digits">0</span>' in rendered('{% figure "能耗" 0 "吨" %}')


LINE = {"kind": "line", "unit": "kW", "x": ["a", "b"], "series": [{"name": "负荷", "data": [1.25, None]}]}


def test_chart_writes_island_table_and_place() -> None:
    shown = rendered('{% chart "load" spec title="负荷" %}', spec=LINE)
    assert '<script id="load-data" type="application/json">' in shown
    assert 'data-chart="load"' in shown
    assert "负荷（kW）" in shown
    assert '<td class="n">1.3</td>' in shown
    assert '<td class="n">—</td>' in shown


def test_an_empty_chart_says_so() -> None:
    spec = {"kind": "line", "x": ["a"], "series": [{"name": "负荷", "data": [None]}]}
    shown = rendered('{% chart "load" spec %}', spec=spec)
    assert "这一时段没有数据" in shown
    assert "data-chart" not in shown


def test_a_chart_cannot_break_out_of_its_island() -> None:
    spec = {"kind": "bar", "x": ["</script><script>alert(1)</script>"], "series": [{"name": "x", "data": [1]}]}
    assert "<script>alert" not in rendered('{% chart "c" spec %}', spec=spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "gauge"},
        {"kind": "line", "series": []},
        {"kind": "line", "x": ["a"], "series": [{"name": "n", "data": [1, 2]}]},
        {"kind": "line", "x": ["a"], "series": [{"name": "n", "data": [1], "colour": "pink"}]},
        {"kind": "sankey", "nodes": ["a"], "links": [{"source": "a", "target": "b", "value": 1}]},
    ],
)
def test_a_wrong_spec_is_refused(spec: dict[str, object]) -> None:
    with pytest.raises(charts.BadChart):
        charts.check(spec)


def test_a_long_chart_lists_the_first_rows_and_counts_the_rest() -> None:
    spec = {"kind": "line", "time": [i * 60_000 for i in range(500)], "series": [{"name": "n", "data": [1.0] * 500}]}
    table = charts.table(spec, rows=200)
    assert len(table.rows) == 200
    assert table.left_out == 300
    assert table.rows[0][0] == "1970-01-01 08:00"


def test_heatmap_and_sankey_have_tables() -> None:
    heat = {"kind": "heatmap", "unit": "kW", "x": ["0 时"], "y": ["周一"], "values": [[0, 0, 3.21]]}
    assert charts.table(heat).rows == (("周一", "0 时", "3.2"),)
    flow = {"kind": "sankey", "nodes": ["电", "炉"], "links": [{"source": "电", "target": "炉", "value": 2}]}
    assert charts.table(flow).rows == (("电", "炉", "2.0"),)


class SampleForm(forms.Form):
    amount = forms.DecimalField(label="用电量", help_text="按发票填写")


def test_errors_stand_beside_the_field_and_above_the_form() -> None:
    shown = rendered("{% form_errors form %}{% field form.amount '万千瓦时' %}", form=SampleForm({"amount": "x"}))
    assert 'role="alert"' in shown
    assert 'href="#id_amount"' in shown
    described = re.search(r'aria-describedby="([^"]+)"', shown)
    assert described is not None
    for target in described[1].split():
        assert f'id="{target}"' in shown
    assert 'value="x"' in shown


def test_pager_keeps_the_filters() -> None:
    request = RequestFactory().get("/x?status=late&page=2")
    page = Paginator(range(42), 20).get_page(2)
    shown = rendered("{% pager page %}", page=page, request=request)
    assert "共 42 条" in shown
    assert "status=late&amp;page=3" in shown
    assert 'aria-current="page"' in shown


def _icons_used() -> dict[str, str]:
    used: dict[str, str] = {}
    for file in SOURCE.rglob("*.html"):
        for name in re.findall(r"""{%\s*icon\s+["']([\w-]+)["']""", file.read_text(encoding="utf-8")):
            used[name] = str(file)
    for domain, module in modules("ui.menu").items():
        used.update({item.icon: f"menu of {domain}" for item in module.MENU})
    return used


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite_ids = {node.get("id") for node in ElementTree.parse(sprite.SPRITE).iter() if node.get("id")}
    assert sprite_ids == set(sprite.names()), "run the sprite command again"
    assert {name: place for name, place in _icons_used().items() if name not in sprite_ids} == {}


_TRANSLATED = [
    SOURCE / "project/shell",
    *sorted(p.parent for p in SOURCE.glob("domains/*/locale") if any(p.rglob("*.po"))),
]


@pytest.mark.parametrize("folder", _TRANSLATED, ids=lambda folder: folder.name)
def test_every_text_has_english_and_is_compiled(folder: Path) -> None:
    assert messages.faults(folder) == []


def test_every_line_of_the_menu_has_english() -> None:
    with override("en"):
        words = {
            word for m in modules("ui.menu").values() for item in m.MENU for word in (item.group, item.title) if word
        }
        assert {word for word in words if re.search(r"[一-鿿]", gettext(word))} == set()


def test_compiled_texts_are_read_by_gettext(tmp_path: Path) -> None:
    import gettext
    import io

    data = messages.compile_mo({("园区",): ("park",), ("%d 项", "%d 项*"): ("%d item", "%d items"), ("空",): ("",)})
    catalogue = gettext.GNUTranslations(io.BytesIO(data))
    assert catalogue.gettext("园区") == "park"
    assert catalogue.ngettext("%d 项", "%d 项*", 2) == "%d items"
    assert catalogue.gettext("空") == "空"
    po = tmp_path / "django.po"
    po.write_text(messages.write({('引"号\n',): ("quo\\te",)}), encoding="utf-8")
    assert messages.read(po) == {('引"号\n',): ("quo\\te",)}
