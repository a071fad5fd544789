"""Values and progress: entering, a second person, revisions, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, DataScope, NotAllowed, OutOfScope
from greenpark.domains.planning import models
from greenpark.domains.planning.contracts import PERMISSIONS, BadReport, NotFound, ProgressDraft, ValueDraft
from greenpark.domains.planning.selectors import items as selectors
from greenpark.domains.planning.services import reports
from greenpark.domains.planning.services.loading import load_plan

SAMPLE = Path(__file__).resolve().parents[5] / "packs" / "regions" / "sample-city"
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
EVERYTHING = frozenset(PERMISSIONS)


def person(number: int, *, everything: bool = True, organisations: frozenset[int] = frozenset()) -> Actor:
    return Actor(number, f"人员{number}", None, EVERYTHING, DataScope(everything, organisations))


ANNA, BERT = person(1), person(2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def indicator() -> Any:
    load_plan(SAMPLE, by=ANNA, at=AT)
    return models.Item.objects.get(code="I901")


def page(item: Any) -> dict[str, Any]:
    return selectors.indicator(ANNA, item.pk, at=date(2026, 11, 22))


def test_value_is_reported_verified_and_judged(indicator: Any) -> None:
    value = reports.enter_value(indicator.pk, ValueDraft("2025", "24.9", source="年报"), by=ANNA, at=AT)
    judged = page(indicator)["item"].judgement
    assert (judged.level, judged.verdict) == ("bad", "missed")
    assert "暂报，未核验" in judged.reasons[0]
    reports.review_value(value, accept=True, opinion="", by=BERT, at=AT)
    assert "未核验" not in page(indicator)["item"].judgement.reasons[0]
    history = accounts.history_of("plan:sample-city/I901", limit=9)
    assert {e.action for e in history} == {"planning.value.entered", "planning.value.reviewed"}


def test_nobody_verifies_his_own_value(indicator: Any) -> None:
    value = reports.enter_value(indicator.pk, ValueDraft("2025", "25"), by=ANNA, at=AT)
    with pytest.raises(BadReport, match="同一人"):
        reports.review_value(value, accept=True, opinion="", by=ANNA, at=AT)
    with pytest.raises(BadReport, match="退回须写明意见"):
        reports.review_value(value, accept=False, opinion=" ", by=BERT, at=AT)


def test_a_returned_value_does_not_count_and_a_revision_keeps_both(indicator: Any) -> None:
    first = reports.enter_value(indicator.pk, ValueDraft("2025", "99"), by=ANNA, at=AT)
    reports.review_value(first, accept=False, opinion="分母不对", by=BERT, at=AT)
    assert page(indicator)["item"].judgement.verdict == "missing"
    reports.enter_value(indicator.pk, ValueDraft("2025", "25"), by=ANNA, at=AT)
    values = page(indicator)["values"]
    assert [(v.revision, v.value, v.state) for v, _, _ in values] == [(2, 25, "reported"), (1, 99, "returned")]
    assert page(indicator)["item"].judgement.value == 25


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (ValueDraft("2026-13", "1"), "期间应为"),
        (ValueDraft("2025", "二十"), "应为数字"),
        (ValueDraft("2025", "NaN"), "有限数"),
        (ValueDraft("2025", "1e30"), "过大"),
        (ValueDraft("2025", "0.1234567"), "六位小数"),
        (ValueDraft("2025", ""), "至少填一项"),
        (ValueDraft("2027", "3"), "尚未结束"),
    ],
)
def test_bad_values_are_refused_with_the_reason(indicator: Any, draft: ValueDraft, words: str) -> None:
    with pytest.raises(BadReport, match=words):
        reports.enter_value(indicator.pk, draft, by=ANNA, at=AT)
    assert models.Value.objects.count() == 0


def test_provisional_value_may_lie_in_the_running_year(indicator: Any) -> None:
    value = reports.enter_value(indicator.pk, ValueDraft("2026", "30", provisional=True), by=ANNA, at=AT)
    assert models.Value.objects.get(pk=value).day == date(2026, 11, 22)
    with pytest.raises(BadReport, match="暂报值不核验"):
        reports.review_value(value, accept=True, opinion="", by=BERT, at=AT)


def test_scope_and_permission(indicator: Any) -> None:
    with pytest.raises(OutOfScope):
        reports.enter_value(indicator.pk, ValueDraft("2025", "1"), by=person(3, everything=False), at=AT)
    with pytest.raises(NotAllowed):
        reports.enter_value(indicator.pk, ValueDraft("2025", "1"), by=Actor(4, "丁", None), at=AT)
    with pytest.raises(NotFound):
        reports.enter_value(10**9, ValueDraft("2025", "1"), by=ANNA, at=AT)


def test_progress_is_returned_answered_and_accepted(indicator: Any) -> None:
    task = models.Item.objects.get(code="T901")
    with pytest.raises(BadReport, match="尚未开始"):
        reports.enter_progress(task.pk, ProgressDraft("2027-01", "完成"), by=ANNA, at=AT)
    first = reports.enter_progress(task.pk, ProgressDraft("2026-10", "开工"), by=ANNA, at=AT)
    reports.review_progress(first, accept=False, opinion="缺佐证", by=BERT, at=AT)
    second = reports.enter_progress(task.pk, ProgressDraft("2026-10", "开工", evidence="照片"), by=ANNA, at=AT)
    reports.review_progress(second, accept=True, opinion="", by=BERT, at=AT)
    with pytest.raises(BadReport, match="已审核通过"):
        reports.enter_progress(task.pk, ProgressDraft("2026-10", "改"), by=ANNA, at=AT)
    states = [(r.revision, r.state) for r, _, _ in selectors.work(ANNA, task.pk, "task")["reports"]]
    assert states == [(2, "verified"), (1, "returned")]


def test_an_unstated_parameter_needs_a_basis_and_survives_loading(indicator: Any) -> None:
    parameter = models.Item.objects.get(kind="parameter")
    with pytest.raises(BadReport, match="依据"):
        reports.decide(parameter.pk, organisation_id=None, value="以验收为准", basis="", by=ANNA, at=AT)
    reports.decide(parameter.pk, organisation_id=None, value="以验收为准", basis="会议纪要", by=ANNA, at=AT)
    load_plan(SAMPLE, by=ANNA, at=AT)
    parameter.refresh_from_db()
    assert parameter.decided["answers"][0]["value"] == "以验收为准"
    assert parameter.row["value"] == "12"
