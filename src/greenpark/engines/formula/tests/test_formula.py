"""The language, its units and its evaluation."""

import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.engines.formula import (
    CALCULATIONS,
    Aligned,
    FormulaError,
    Missing,
    UnitMismatch,
    UnknownMeter,
    evaluate,
    parse,
    require_unit,
    unit_of,
    virtual_meter,
)
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Rollups

NAN = float("nan")


def value(text, **meters):
    return evaluate(parse(text), {k: np.array([v], float) for k, v in meters.items()}).values[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 + m2", 30.0),
        ("sum(m1..m3) - 0.95*m4", 60.0 - 38.0),
        ("sum(m1, m2..m3, 5*m4)", 260.0),
        ("-m1 - -m2", 10.0),
        ("m1 - m2 - m3", -40.0),
        ("m1 / m2 * m3", 15.0),
        ("2 * (m1 + m2) / 4", 15.0),
        ("max(m1..m4) - min(m1..m4)", 30.0),
        ("abs(m1 - m2)", 10.0),
        ("  +m1", 10.0),
        ("ｍ1 + m2".replace("ｍ", "m"), 30.0),
        ("（m1＋m2）×２÷3", 20.0),
        ("1e1 * m1", 100.0),
    ],
)
def test_values(text, expected):
    assert value(text, m1=10, m2=20, m3=30, m4=40) == expected


def test_names_may_be_chinese_and_ranges_may_be_padded():
    assert value("一号表 + sum(p08..p10)", 一号表=1, p08=8, p09=9, p10=10) == 28.0
    assert parse("sum(m1..m3) + m2").names == ("m1", "m2", "m3")


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "内容为空"),
        ("m1 +", 0, "写法不完整"),
        ("m1 + foo(m2)", 6, "可以调用"),
        ("m1 ** 2", 1, "只支持加减乘除"),
        ("m1 + __import__('os')", 6, "可以调用"),
        ("m1.real", 1, "只能使用"),
        ("[m1][0]", 1, "只能使用"),
        ("m1 + 'x'", 6, "数字或表计名"),
        ("m1 + True", 6, "数字或表计名"),
        ("m1 if m2 else m3", 1, "只能使用"),
        ("(lambda: m1)()", 1, "可以调用"),
        ("m1..m9", 1, "只能直接写在"),
        ("sum(m9..m1)", 5, "不成一列"),
        ("sum(a1..b9)", 5, "不成一列"),
        ("sum(m1..9)", 5, "以数字结尾"),
        ("sum(m1..m99999999)", 5, "不成一列"),
        ("表 + @", 5, "不认识符号"),
        ("表计甲 + foo(m2)", 7, "可以调用"),
        ("sum()", 1, "参数个数"),
        ("abs(m1, m2)", 1, "参数个数"),
        ("sum + m1", 1, "应有括号"),
        ("1 + 2", 0, "没有引用"),
        ("1e999 * m1", 1, "数字过大"),
        ("m1 # note", 4, "不认识符号"),
        ("abs(" * 150 + "m1" + ")" * 150, 0, "公式"),
        ("-" * 100 + "m1", 62, "嵌套"),
        ("m1 + " * 1000 + "m1", 0, "长度"),
    ],
)
def test_errors_say_where(text, position, reason):
    with pytest.raises(FormulaError, match=reason) as caught:
        parse(text)
    if position:
        assert caught.value.position == position


@given(st.text(alphabet="m12.+-*/()sumabx ,@'[]:\\\n", max_size=40))
def test_any_text_is_a_formula_or_a_formula_error(text):
    try:
        formula = parse(text)
    except FormulaError:
        return
    evaluate(formula, {name: np.ones(2) for name in formula.names})


def test_units_are_checked_where_they_part():
    units = {"m1": "kWh", "m2": "kWh", "w": "m3", "n": "1"}
    assert unit_of(parse("m1 + 0.5*m2"), units) == "kWh"
    assert unit_of(parse("(m1 + m2) / w"), units) == "kWh/m3"
    assert unit_of(parse("m1 / m2"), units) == "1"
    assert unit_of(parse("m1 * n"), units) == "kWh"
    with pytest.raises(UnitMismatch, match="kWh 与 m3") as caught:
        unit_of(parse("m1 + m2 + w"), units)
    assert caught.value.position == 11
    with pytest.raises(UnitMismatch, match="kWh 与 1 不能"):
        unit_of(parse("m1 + 5"), units)
    with pytest.raises(UnitMismatch, match="不能"):
        unit_of(parse("max(m1, w)"), units)
    with pytest.raises(FormulaError, match="x 没有定义"):
        unit_of(parse("x + m1"), units)
    require_unit(parse("w"), {"w": "m³"}, "m3")
    with pytest.raises(UnitMismatch, match="MWh"):
        require_unit(parse("m1"), units, "MWh")


def test_a_missing_input_is_never_silently_zero():
    columns = {"a": np.array([1.0, NAN, 3.0]), "b": np.array([1.0, 1.0, NAN])}
    result = evaluate(parse("a + b"), columns)
    np.testing.assert_array_equal(result.values, [2.0, NAN, NAN])
    assert result.incomplete.tolist() == [False, True, True]
    result = evaluate(parse("a + b"), columns, Missing.ZERO)
    assert result.values.tolist() == [2.0, 1.0, 3.0]
    assert result.incomplete.tolist() == [False, True, True]


def test_division_by_zero_is_unknown():
    result = evaluate(parse("a / b"), {"a": np.array([1.0, 0.0, 4.0]), "b": np.array([0.0, 0.0, 2.0])})
    np.testing.assert_array_equal(result.values, [NAN, NAN, 2.0])
    assert result.incomplete.tolist() == [True, True, False]


def test_a_meter_without_data_is_named():
    with pytest.raises(UnknownMeter, match="b、c"):
        evaluate(parse("a + b + c"), {"a": np.ones(1)})


def rollups(rows):
    points, starts, amount, estimated, coverage, quality = map(list, zip(*rows, strict=True))
    n = len(rows)
    unknown = np.full(n, NAN)
    ones = np.ones(n, np.int32)
    return Rollups(
        np.array(points, np.int32), np.array(starts, np.int64), np.array(amount, float), unknown, unknown, unknown,
        ones, ones, np.array(coverage, float), np.array(estimated, float), np.array(quality, np.int32),
    )  # fmt: skip


def test_a_virtual_meter_has_rollups_of_its_own():
    gap = int(Quality.GAP | Quality.ESTIMATED)
    inputs = Aligned.of(
        rollups([(1, 0, 10, 0, 1, 0), (1, 60, 20, 5, 0.5, gap), (2, 0, 1, 0, 1, 0), (2, 120, 7, 0, 1, 0)])
    )
    made = virtual_meter(parse("m1 - 2*m2"), {"m1": 1, "m2": 2}, inputs, point=99)
    assert set(made.points.tolist()) == {99}
    assert made.starts.tolist() == [0, 60, 120]
    np.testing.assert_array_equal(made.amount, [8.0, NAN, NAN])
    zero = virtual_meter(parse("m1 - 2*m2"), {"m1": 1, "m2": 2}, inputs, point=99, missing=Missing.ZERO)
    assert zero.amount.tolist() == [8.0, 20.0, -14.0]
    assert zero.estimated.tolist() == [0.0, 5.0, 0.0]
    assert zero.coverage.tolist() == [1.0, 0.0, 0.0]
    assert zero.quality.tolist() == [0, gap, int(Quality.ESTIMATED)]
    absent = virtual_meter(parse("m1 + m3"), {"m1": 1, "m3": 3}, inputs, point=99)
    assert np.isnan(absent.amount).all()
    with pytest.raises(UnknownMeter, match="m3"):
        virtual_meter(parse("m1 + m3"), {"m1": 1}, inputs, point=99)


PAGE = Path(__file__).parents[5] / "docs" / "algorithms" / "formula.md"


def test_the_worked_example_of_the_page():
    request, answer = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    entry = CALCULATIONS[0]
    got = msgspec.to_builtins(entry.run(msgspec.json.decode(request, type=entry.input)))
    assert got == json.loads(answer)
