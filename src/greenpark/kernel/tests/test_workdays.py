"""The State Council's calendar: published totals, hand-counted deadlines, invariants."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.kernel import workdays
from greenpark.kernel.packs import BrokenPack

PACK = Path(__file__).resolve().parents[4] / "packs" / "standards" / "workdays"
DAYS = st.dates(date(2024, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(("year", "holidays"), [(2024, 28), (2025, 28), (2026, 33)])
def test_length_of_the_holidays_as_the_documents_say(year: int, holidays: int) -> None:
    """2024: 1+8+3+5+1+3+7; 2025: 1+8+3+5+3+8; 2026: 3+9+3+5+3+3+7."""
    assert len(workdays.calendar().years[year].holidays) == holidays


@pytest.mark.parametrize(("year", "total"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, total: int) -> None:
    """Weekdays minus the legal holidays that fall on them; make-up days only move days. 2024: 13-2 legal, else 13."""
    first = date(year, 1, 1)
    count = sum(workdays.is_workday(first + timedelta(days=i)) for i in range((date(year + 1, 1, 1) - first).days))
    assert count == total


@pytest.mark.parametrize(
    ("start", "n", "count_first", "end"),
    [
        (date(2026, 9, 28), 7, False, date(2026, 10, 13)),  # 29, 30, 8, 9, Sat 10 (make-up), 12, 13
        (date(2026, 9, 28), 7, True, date(2026, 10, 12)),
        (date(2025, 1, 24), 1, False, date(2025, 1, 26)),  # Friday; Sunday is a make-up day before the festival
        (date(2025, 1, 27), 1, False, date(2025, 2, 5)),
        (date(2024, 2, 8), 1, False, date(2024, 2, 9)),  # 除夕 2024 was encouraged, not ordered, to be free
        (date(2024, 12, 31), 1, False, date(2025, 1, 2)),
        (date(2026, 1, 1), 1, True, date(2026, 1, 4)),  # a holiday is not counted even when the first day counts
    ],
)
def test_deadlines_counted_by_hand(start: date, n: int, count_first: bool, end: date) -> None:
    assert workdays.add_workdays(start, n, count_first).end == end


def test_documents_of_every_year_touched() -> None:
    deadline = workdays.add_workdays(date(2024, 12, 30), 5)
    assert deadline.calendar_document == "国办发明电〔2023〕7号、国办发明电〔2024〕12号"
    assert not deadline.unconfirmed


@pytest.mark.parametrize("start", [date(2023, 12, 29), date(2026, 12, 30), date(2030, 1, 1)])
def test_unknown_years_are_refused(start: date) -> None:
    with pytest.raises(workdays.UnknownYear, match="尚未载入"):
        workdays.add_workdays(start, 5)


@pytest.mark.parametrize("n", [0, -3, 5001])
def test_counts_that_make_no_sense(n: int) -> None:
    with pytest.raises(workdays.NotACount):
        workdays.add_workdays(date(2026, 1, 5), n)


@given(DAYS, st.integers(1, 60))
def test_a_deadline_counts_exactly_n_working_days(start: date, n: int) -> None:
    calendar = workdays.calendar()
    deadline = calendar.add(start, n)
    assert len(deadline.counted) == n
    assert deadline.counted[-1] == deadline.end
    assert calendar.between(start, deadline.end) == n
    assert all(calendar.is_workday(day) for day in deadline.counted)


@given(DAYS, st.integers(1, 40), st.integers(1, 40))
def test_adding_twice_is_adding_once(start: date, n: int, m: int) -> None:
    calendar = workdays.calendar()
    assert calendar.add(calendar.add(start, n).end, m).end == calendar.add(start, n + m).end


def _copy(to: Path, days: str) -> Path:
    for file in ("pack.json", "years.csv"):
        (to / file).write_bytes((PACK / file).read_bytes())
    (to / "days.csv").write_text(days, encoding="utf-8")
    return to


@pytest.mark.parametrize(
    ("line", "row"),
    [("2026-10-12,workday,国庆节", 3), ("2027-01-01,holiday,元旦", 3), ("2026-13-01,holiday,元旦", 3)],
)
def test_a_broken_table_is_refused_with_its_row(tmp_path: Path, line: str, row: int) -> None:
    with pytest.raises(BrokenPack) as broken:
        workdays.load(_copy(tmp_path, f"day,kind,name\n2026-01-01,holiday,元旦\n{line}\n"))
    assert (broken.value.row, broken.value.column) == (row, "day")
