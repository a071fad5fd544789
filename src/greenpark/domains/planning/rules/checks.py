"""Computed checks of a plan against itself. Each rule takes the tables and its inputs from the pack, never from code.

A rule returns figures with their working, and whether the tension that the finding describes is there in the numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any

from greenpark.domains.planning.contracts import Finding
from greenpark.domains.planning.rules.reading import base_of, targets_of
from greenpark.domains.planning.rules.units import units_of
from greenpark.engines.judgement import force_of

Tables = Mapping[str, list[dict[str, Any]]]
#: Words of a goal that ends a project; anything else leaves it open.
FINAL_GOALS = ("完成建设", "投产", "建成并网")
OPEN_WORDS = ("主体", "力争", "部分", "力争完成建设")


@dataclass(frozen=True, slots=True)
class _Data:
    """Tables and documents with the look-ups the rules share."""

    tables: Tables
    texts: Mapping[str, str] = field(default_factory=dict)

    def indicator(self, code: str) -> dict[str, Any]:
        return next(row for row in self.tables["indicators"] if row["id"] == code)

    def series(self, code: str) -> dict[int, Decimal]:
        """Base and numeric targets by year."""
        row = self.indicator(code)
        base = base_of(row)
        values = {base[0]: base[1]} if base else {}
        return values | {t.year: t.value for t in targets_of(row) if t.value is not None}

    def name(self, code: str) -> str:
        row = self.indicator(code)
        return f"{row['name_zh']}（{row['scope']}）"

    def projects(self, listed: str) -> list[dict[str, Any]]:
        return [row for row in self.tables["projects"] if row["list"] == listed]


Rule = Callable[[_Data, Sequence[str]], Finding]


def _show(value: Decimal, places: str = "0.0001") -> str:
    text = format(value.quantize(Decimal(places), rounding=ROUND_HALF_EVEN), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(value: Decimal) -> str:
    return f"{_show(value * 100, '0.001')} %"


def _implied_ratio(data: _Data, inputs: Sequence[str]) -> Finding:
    """Ratio of two intensities (the value added cancels), and per fossil unit when a non-fossil share is given."""
    top, below = data.series(inputs[0]), data.series(inputs[1])
    share = data.series(inputs[2]) if len(inputs) > 2 else {}
    figures, fossil = [], []
    for year in sorted(top.keys() & below.keys()):
        ratio = top[year] / below[year]
        figures.append((f"{year} 年隐含系数", f"{_show(ratio)} 吨二氧化碳/吨标准煤", f"{top[year]} ÷ {below[year]}"))
        if year in share:
            part = 1 - share[year] / 100
            fossil.append(ratio / part)
            working = f"{_show(ratio)} ÷ (1 − {share[year]} %)"
            figures.append((f"{year} 年每吨化石标准煤", f"{_show(fossil[-1])} 吨二氧化碳", working))
    if not fossil:
        return Finding(None, tuple(figures), "系数是否合理取决于核算边界，边界须由人声明。")
    rises = fossil[-1] > fossil[0]
    return Finding(
        rises, tuple(figures), "非化石占比提高，而单位化石能源的碳排放上升。" if rises else "系数随占比下降。"
    )


def _share_of_shares(data: _Data, inputs: Sequence[str]) -> Finding:
    part, whole = data.series(inputs[0]), data.series(inputs[1])
    years = sorted(part.keys() & whole.keys())
    shares = [part[year] / whole[year] for year in years]
    figures = [
        (f"{year} 年隐含电力占一次能源", _percent(share), f"{part[year]} ÷ {whole[year]}")
        for year, share in zip(years, shares, strict=True)
    ]
    return Finding(shares[-1] > shares[0], tuple(figures), "如非化石能源全部为可再生电力，电力占比须如此变化。")


def _intensity_total(data: _Data, inputs: Sequence[str]) -> Finding:
    """Totals relative to the base year when growth meets its targets. Years without a target take the next one."""
    growth = data.series(inputs[0])
    figures, rises = [], []
    for code in inputs[1:]:
        values = data.series(code)
        first, last = min(values), max(values)
        factor = values[last] / values[first]
        used = []
        for year in range(first + 1, last + 1):
            rate = next((growth[y] for y in sorted(growth) if y >= year), Decimal(0))
            factor *= 1 + rate / 100
            used.append(f"{year}：{rate} %" + ("" if year in growth else "（假定）"))
        rises.append(factor > 1)
        working = f"{values[last]} ÷ {values[first]} × 增长（{'，'.join(used)}）"
        figures.append((f"{data.name(code)} 对应总量，{last} 年 ÷ {first} 年", _show(factor, "0.001"), working))
    return Finding(any(rises), tuple(figures), "强度目标全部实现时，总量仍增长。" if any(rises) else "总量不增长。")


def _recovery(data: _Data, inputs: Sequence[str]) -> Finding:
    base = base_of(data.indicator(inputs[0]))
    if base is None:
        return Finding(None, (), "文件没有基期值。")
    needed = 1 / (1 + base[1] / 100) - 1
    figures = (
        (f"{base[0]} 年增长率", f"{base[1]} %", "文件"),
        ("恢复到上一年水平需增长", _percent(needed), f"1 ÷ (1 + {base[1]} %) − 1"),
    )
    return Finding(base[1] < 0, figures, "基期下跌，分母缩小，以此为基期的强度下降含恢复因素。")


def _stock_increment(data: _Data, inputs: Sequence[str]) -> Finding:
    stock, added = data.series(inputs[0]), data.series(inputs[1])
    years = sorted(stock.keys() & added.keys())
    bases = {year: stock[year] - added[year] for year in years}
    figures = [(f"{y} 年反推基数", _show(base), f"{stock[y]} − {added[y]}") for y, base in bases.items()]
    agree = len(set(bases.values())) == 1
    return Finding(
        not agree,
        tuple(figures),
        "各年反推基数一致，按“存量＝基数＋增量”理解没有矛盾。" if agree else "各年反推基数不同。",
    )


def _same_name(data: _Data, inputs: Sequence[str]) -> Finding:
    first, second = (data.projects(name) for name in inputs[:2])
    goals = {row["name"]: row["annual_goal"] for row in second}
    both = [row for row in first if row["name"] in goals]
    figures = tuple((row["name"], row["annual_goal"], f"{inputs[1]}：{goals[row['name']]}") for row in both)
    return Finding(bool(both), figures, f"{len(both)} 个项目同名列入两个年度清单，不重复计数。")


def is_final(goal: str) -> bool:
    """Whether a yearly goal, once reached, ends the project."""
    return any(word in goal for word in FINAL_GOALS) and not any(word in goal for word in OPEN_WORDS)


def _not_carried(data: _Data, inputs: Sequence[str]) -> Finding:
    later = {row["name"] for row in data.projects(inputs[1])}
    lost = [r for r in data.projects(inputs[0]) if not is_final(r["annual_goal"]) and r["name"] not in later]
    figures = tuple((row["name"], row["annual_goal"], row["id"]) for row in lost)
    return Finding(
        bool(lost), figures, f"{len(lost)} 个项目按本年目标尚未完工，却不在 {inputs[1]} 年清单；台账继续跟踪。"
    )


def _reduction(data: _Data, inputs: Sequence[str]) -> Finding:
    figures, differs = [], False
    for pair in inputs:
        table, text = pair.split(":")
        values, stated = data.series(table), data.series(text)
        first = min(values)
        for year in sorted(set(values) - {first}):
            change = (values[first] - values[year]) / values[first] * 100
            working = f"({values[first]} − {values[year]}) ÷ {values[first]}"
            figures.append((f"{data.name(table)} {year} 年降幅", f"{_show(change, '0.01')} %", working))
            if year in stated:
                figures.append((f"正文 {year} 年降幅", f"{stated[year]} %", text))
                differs = differs or change != stated[year]
    return Finding(differs, tuple(figures), "表格与正文并存，表格更严时两者都保留。")


def _at_target(data: _Data, inputs: Sequence[str]) -> Finding:
    values = data.series(inputs[0])
    flat = len(set(values.values())) == 1
    figures = tuple((f"{data.name(c)} {y} 年", str(v), c) for c in inputs for y, v in sorted(data.series(c).items()))
    return Finding(flat, figures, "第一项基期即为目标值，不含信息。" if flat else "基期与目标不同。")


def _step(data: _Data, inputs: Sequence[str]) -> Finding:
    figures, steps = [], []
    for code in inputs:
        values = sorted(data.series(code).items())
        for (y0, v0), (y1, v1) in pairwise(values):
            times = f"{_show(v1 / v0, '0.01')} 倍" if v0 > 0 else "基数不为正，无倍数"
            figures.append((f"{data.name(code)} {y0}→{y1}", f"{_show(v1 - v0)}（{times}）", f"{v0} → {v1}"))
            steps.append((v1 - v0) / (y1 - y0))
    bases = Counter(values[0][1] for code in inputs if (values := sorted(data.series(code).items())))
    if len(inputs) > 1 and max(bases.values()) > 1:
        value, count = bases.most_common(1)[0]
        figures.append((f"{count} 项指标基期值相同", str(value), "、".join(inputs)))
    uneven = len(set(steps)) > 1
    return Finding(uneven, tuple(figures), "各段步幅相差悬殊时，须说明工程或口径变化。")


def _differs(data: _Data, inputs: Sequence[str]) -> Finding:
    series = [data.series(code) for code in inputs]
    years = sorted(set(series[0]).intersection(*series[1:])) or sorted(set().union(*series))
    figures = tuple(
        (f"{data.name(code)} {year} 年", str(values[year]), code)
        for year in years
        for code, values in zip(inputs, series, strict=True)
        if year in values
    )
    same = all(len({values.get(year) for values in series}) == 1 for year in years)
    return Finding(not same, figures, "数值相同。" if same else "数值不同：范围、总体或级别不同，不合并。")


def _force_differs(data: _Data, inputs: Sequence[str]) -> Finding:
    parts = data.indicator(inputs[0])["quote"].split(" ‖ ")
    found = [(part, force_of(part)) for part in parts]
    figures = tuple((part, "、".join(words) or "无", force.value) for part, (force, words) in found)
    return Finding(len({force for _, (force, _) in found}) > 1, figures, "同一数字在不同段落的用语力度。")


def _threshold_cross(data: _Data, inputs: Sequence[str]) -> Finding:
    carbon = next(iter(data.series(inputs[0]).values()))
    top, below = data.series(inputs[1]), data.series(inputs[2])
    year = min(top.keys() & below.keys())
    ratio = top[year] / below[year]
    energy = carbon / ratio
    others = {code: next(iter(data.series(code).values())) for code in inputs[3:]}
    figures = [("碳门槛折算为能耗", f"{_show(energy, '1')} 吨标准煤/年", f"{carbon} ÷ {_show(ratio)}")]
    figures += [(data.name(code), f"{value} 吨标准煤/年", code) for code, value in others.items()]
    return Finding(
        any(energy < v for v in others.values()), tuple(figures), "碳门槛覆盖面更宽，三个名单各自独立，不互推。"
    )


def _counted(data: _Data, inputs: Sequence[str]) -> Finding:
    figures, missing = [], 0
    for entry in inputs:
        code, _, listed = entry.partition(":")
        wanted = next(iter(data.series(code).values()))
        have = len(data.projects(listed)) if listed else 0
        missing += have < wanted
        figures.append((data.name(code), f"应有 {wanted}，名单提供 {have}", code))
    return Finding(missing > 0, tuple(figures), f"{missing} 份名单只有数量，文件未提供；等待导入并核对数量。")


def _no_unit(data: _Data, inputs: Sequence[str]) -> Finding:
    figures, bare = [], False
    for code in inputs:
        rows = [row for row in data.tables["tasks"] if row["document"] == code]
        none = sum(not units_of(row["responsible_units"]).assigned for row in rows)
        bare = bare or (bool(rows) and none == len(rows))
        figures.append((f"{code} 未点名责任单位的任务", f"{none} / {len(rows)}", "tasks"))
    return Finding(bare, tuple(figures), "全部任务未点名的文件，须先指定单位。")


def _default_clause(data: _Data, inputs: Sequence[str]) -> Finding:
    rows = [row for row in data.tables["tasks"] if row["document"] in inputs]
    units = [units_of(row["responsible_units"]) for row in rows]
    named, both = sum(u.assigned for u in units), sum(u.assigned and bool(u.default) for u in units)
    figures = (("点名单位的任务", str(named), "tasks"), ("其中另按默认条款落到各区、各管委会", str(both), "推导"))
    return Finding(both > 0, figures, "默认责任与点名责任分开记，催办先找点名单位。")


def _text_count(data: _Data, inputs: Sequence[str]) -> Finding:
    counts = [(entry, data.texts.get(entry.split(":")[0], "").count(entry.split(":", 1)[1])) for entry in inputs]
    figures = tuple((entry.split(":", 1)[1], f"出现 {n} 次", entry.split(":")[0]) for entry, n in counts)
    return Finding(any(n != 1 for _, n in counts) or counts[0][1] > 0, figures, "按存档文件逐字清点。")


def _range_short(data: _Data, inputs: Sequence[str]) -> Finding:
    chosen = next(t for t in targets_of(data.indicator(inputs[0])) if t.value is not None)
    needed = max(data.series(inputs[1]).values())
    low = chosen.value or Decimal(0)
    figures = (("选定下限", str(low), inputs[0]), ("应建成", str(needed), inputs[1]), ("缺口", str(needed - low), ""))
    return Finding(low < needed, figures, "按下限选定时，数量不足以建成目标数。")


def _missing_base(data: _Data, inputs: Sequence[str]) -> Finding:
    bare = [code for code in inputs if base_of(data.indicator(code)) is None]
    figures = tuple((data.name(code), f"{next(iter(data.series(code).values()), '—')} %", "无基期值") for code in bare)
    return Finding(bool(bare), figures, "没有基期值，不计算绝对目标。")


def _average(data: _Data, inputs: Sequence[str]) -> Finding:
    figures = []
    for pair in inputs:
        total, count = (next(iter(data.series(code).values())) for code in pair.split(":"))
        figures.append(
            (data.name(pair.split(":")[0]), f"平均 {_show(total / count, '0.001')} 亿元/个", f"{total} ÷ {count}")
        )
    return Finding(None, tuple(figures), "供参考。")


RULES: Mapping[str, Rule] = {
    "implied-ratio": _implied_ratio,
    "share-of-shares": _share_of_shares,
    "intensity-total": _intensity_total,
    "recovery": _recovery,
    "stock-increment": _stock_increment,
    "same-name": _same_name,
    "not-carried": _not_carried,
    "reduction": _reduction,
    "at-target-at-base": _at_target,
    "step": _step,
    "differs": _differs,
    "force-differs": _force_differs,
    "threshold-cross": _threshold_cross,
    "counted-not-supplied": _counted,
    "no-unit": _no_unit,
    "default-clause": _default_clause,
    "text-count": _text_count,
    "range-short": _range_short,
    "missing-base": _missing_base,
    "average": _average,
}


def compute(tables: Tables, finding: Mapping[str, Any], texts: Mapping[str, str] | None = None) -> Finding | None:
    """The computed side of a finding; None when a person has to read it. Missing inputs are said, not guessed."""
    if not finding.get("rule"):
        return None
    try:
        return RULES[str(finding["rule"])](_Data(tables, texts or {}), tuple(finding["inputs"]))
    except (StopIteration, KeyError, IndexError, ValueError, ArithmeticError) as fault:
        return Finding(None, (), f"输入不全，未能计算：{fault or '缺少所引指标'}")
