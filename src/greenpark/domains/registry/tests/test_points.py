"""Points: what is refused, the directory that gateways keep, scope, queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import SYSTEM, Actor, DataScope, OutOfScope
from greenpark.domains.accounts.testing import make_person, signed_in
from greenpark.domains.registry import facade, models
from greenpark.domains.registry.contracts import EnterpriseDraft, PointDraft
from greenpark.domains.registry.rules import NotAnEnterprise, NotAPoint, check_point
from greenpark.domains.registry.services.points import NotAFacility
from greenpark.domains.registry.testing import AT, make_enterprise, make_point

DRAFT = PointDraft(1, "P1", "总进线", "electricity", "counter", "kWh", 900, "import", binding=("http", "x"))
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 (on purpose)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"name": " "}, "name"),
        ({"unit": ""}, "unit"),
        ({"unit": "k Wh"}, "unit"),
        ({"kind": "meter"}, "kind"),
        ({"medium": "beer"}, "medium"),
        ({"balance": "middle"}, "balance"),
        ({"multiplier": 0.0}, "multiplier"),
        ({"multiplier": float("nan")}, "multiplier"),
        ({"kind": "rate", "register_max": 1e6}, "register_max"),
        ({"kind": "rate", "max_rate": 1.0}, "max_rate"),
        ({"min_value": 5.0, "max_value": 5.0}, "max_value"),
        ({"expected_interval_s": 0}, "expected_interval_s"),
        ({"balance": "sub_meter"}, "sub_meter_of"),
        ({"sub_meter_of": 3}, "sub_meter_of"),
        ({"binding": ("ftp", "x")}, "binding"),
        ({"binding": ("hj212", "MN", "2011")}, "binding"),
        ({"binding": ("http", " ")}, "binding"),
        ({"binding": ("mqtt", "t" * 300, "")}, "binding"),
        ({"commissioned_at": NAIVE}, "commissioned_at"),
        ({"commissioned_at": AT, "decommissioned_at": AT}, "decommissioned_at"),
    ],
)
def test_what_is_no_point(change: dict[str, Any], field: str) -> None:
    with pytest.raises(NotAPoint) as wrong:
        check_point(replace(DRAFT, **change))
    assert field in wrong.value.errors


@pytest.mark.parametrize(
    "key",
    [
        ("hj212", "88888880000001", "2011", "w01018-Rtd"),
        ("mqtt", "park/a/power", ""),
        ("sparkplug", "g", "edge", "", "m"),
        ("modbus", "10.0.0.1:502", "1", "40001"),
        ("http", "meter-1"),
    ],
)
def test_every_kind_of_binding(key: tuple[str, ...]) -> None:
    check_point(replace(DRAFT, binding=key))
    assert facade.binding_key(facade.binding_text(key)) == key


@pytest.mark.django_db
class TestDirectory:
    def test_it_holds_what_gateways_need(self) -> None:
        enterprise = make_enterprise()
        view = make_point(enterprise.id, multiplier=40.0, register_max=999_999.99, commissioned_at=AT)
        directory = facade.point_directory()
        spec = directory.by_key[("http", f"{enterprise.id}-P1")]
        assert spec == directory.by_id[view.id]
        assert (spec.unit, spec.multiplier, spec.commissioned_us) == ("kWh", 40.0, 1_767_225_600_000_000)
        assert directory.organisation_of[view.id] == enterprise.organisation_id
        assert directory.enterprise_of[view.id] == enterprise.id

    def test_the_same_object_until_something_changes(self) -> None:
        enterprise = make_enterprise()
        view = make_point(enterprise.id)
        first = facade.point_directory()
        assert facade.point_directory(first) is first
        draft = facade.point_draft(SYSTEM, view.id)
        facade.save_point(draft, by=SYSTEM, at=AT, point_id=view.id)
        assert facade.point_directory(first) is first, "saving without a change is no change"
        facade.save_point(replace(draft, unit="MWh"), by=SYSTEM, at=AT, point_id=view.id)
        second = facade.point_directory(first)
        assert second.version > first.version
        assert second.by_id[view.id].unit == "MWh"

    def test_noticing_costs_one_query(self, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        make_point(make_enterprise().id)
        known = facade.point_directory()
        with django_assert_num_queries(1):
            facade.point_directory(known)

    def test_inactive_points_are_out(self) -> None:
        view = make_point(make_enterprise().id)
        draft = facade.point_draft(SYSTEM, view.id)
        facade.save_point(replace(draft, active=False), by=SYSTEM, at=AT, point_id=view.id)
        assert facade.point_directory().by_id == {}


@pytest.mark.django_db
class TestSaving:
    def test_a_binding_belongs_to_one_point(self) -> None:
        one, other = make_enterprise("T01"), make_enterprise("T02")
        make_point(one.id, binding=("http", "same"))
        with pytest.raises(NotAPoint) as wrong:
            make_point(other.id, binding=("http", "same"))
        assert "测试企业 T01" in wrong.value.errors["binding"]

    def test_sub_meters_stay_in_the_enterprise_the_medium_and_the_tree(self) -> None:
        one, other = make_enterprise("T01"), make_enterprise("T02")
        main = make_point(one.id)
        sub = make_point(one.id, "P2", balance="sub_meter", sub_meter_of=main.id)
        for change in (
            {"enterprise_id": other.id, "binding": None},
            {"code": "P3", "medium": "water", "binding": None},
        ):
            draft = replace(facade.point_draft(SYSTEM, sub.id), **change)
            with pytest.raises(NotAPoint) as wrong:
                facade.save_point(draft, by=SYSTEM, at=AT)
            assert "sub_meter_of" in wrong.value.errors
        circle = replace(facade.point_draft(SYSTEM, main.id), balance="sub_meter", sub_meter_of=sub.id)
        with pytest.raises(NotAPoint, match="成环"):
            facade.save_point(circle, by=SYSTEM, at=AT, point_id=main.id)

    def test_a_point_never_changes_its_enterprise(self) -> None:
        one, other = make_enterprise("T01"), make_enterprise("T02")
        view = make_point(one.id)
        moved = replace(facade.point_draft(SYSTEM, view.id), enterprise_id=other.id)
        with pytest.raises(NotAPoint, match="不能换企业"):
            facade.save_point(moved, by=SYSTEM, at=AT, point_id=view.id)

    def test_the_change_is_on_record_with_before_and_after(self) -> None:
        view = make_point(make_enterprise().id)
        draft = facade.point_draft(SYSTEM, view.id)
        facade.save_point(replace(draft, multiplier=2.0), by=SYSTEM, at=AT, point_id=view.id)
        event = accounts.history_of(f"point:{view.id}")[0]
        assert (event.action, event.detail) == ("registry.point.changed", {"multiplier": [1.0, 2.0]})

    def test_other_peoples_enterprises_are_out_of_reach(self) -> None:
        one, other = make_enterprise("T01"), make_enterprise("T02")
        actor = Actor(1, "x", None, frozenset(), DataScope(organisations=frozenset({one.organisation_id})))
        draft = replace(DRAFT, enterprise_id=other.id)
        with pytest.raises(OutOfScope):
            facade.save_point(draft, by=actor, at=AT)

    def test_many_are_saved_or_none(self) -> None:
        enterprise = make_enterprise()
        good = replace(DRAFT, enterprise_id=enterprise.id)
        with pytest.raises(NotAPoint):
            facade.save_points([(None, good), (None, replace(good, code="P2"))], by=SYSTEM, at=AT)
        assert models.Point.objects.count() == 0

    def test_facilities_make_a_tree(self) -> None:
        enterprise = make_enterprise()
        plant = facade.save_facility(enterprise_id=enterprise.id, code="A", name="厂区", by=SYSTEM, at=AT)
        line = facade.save_facility(
            enterprise_id=enterprise.id, code="B", name="产线", parent_id=plant, by=SYSTEM, at=AT
        )
        assert [(f.code, f.depth) for f in facade.facilities(SYSTEM, enterprise.id)] == [("A", 0), ("B", 1)]
        with pytest.raises(NotAFacility, match="下级"):
            facade.save_facility(
                enterprise_id=enterprise.id,
                code="A",
                name="厂区",
                parent_id=line,
                facility_id=plant,
                by=SYSTEM,
                at=AT,
            )

    def test_credit_codes_are_checked_unique_and_may_be_missing(self) -> None:
        make_enterprise("T01")
        make_enterprise("T02")
        make_enterprise("T03", credit_code="91110000710925462x")
        assert facade.enterprise_by_code("T03").credit_code == "91110000710925462X"  # type: ignore[union-attr]
        with pytest.raises(NotAnEnterprise, match="已登记给"):
            make_enterprise("T04", credit_code="91110000710925462X")
        with pytest.raises(NotAnEnterprise, match="18 位，现为 3 位"):
            facade.save_enterprise(EnterpriseDraft("T05", "甲", credit_code="911"), by=SYSTEM, at=AT)


@pytest.mark.django_db
class TestScreens:
    def test_search_by_name_pinyin_code_and_alias(self) -> None:
        view = make_enterprise("T01", "乌海市广纳煤焦化有限公司")
        models.Alias.objects.create(text="老广纳厂", enterprise_id=view.id, state="inference")
        for word in ("广纳", "guangna", "gn", "T01", "t01", "老广纳"):
            found, _ = facade.enterprises(SYSTEM, facade.EnterpriseFilter(q=word))
            assert [e.code for e in found] == ["T01"], word
        assert facade.enterprises(SYSTEM, facade.EnterpriseFilter(q="宏阳"))[1] == 0

    def test_lists_do_not_ask_per_row(self, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
        for i in range(30):
            make_point(make_enterprise(f"T{i:02}").id)
        client = signed_in(make_person("boss", "operator"))
        client.get("/enterprises/")  # counts the badges of the menu, which are then kept for a minute
        for address, most in (("/enterprises/", 22), ("/points/", 22), ("/aliases/", 18)):
            with django_assert_max_num_queries(most):
                assert client.get(address).status_code == 200

    def test_the_export_holds_what_is_filtered(self) -> None:
        from io import BytesIO

        from openpyxl import load_workbook

        make_enterprise("T01", "=1+1 化工")
        make_enterprise("T02", "焦化")
        client = signed_in(make_person("boss", "carbon-manager", scope="everything"))
        answer = client.get("/enterprises/?q=T01&export=xlsx")
        sheet = load_workbook(BytesIO(answer.content)).active
        rows = list(sheet.iter_rows(min_row=4, values_only=True))
        assert [(row[0], row[1], row[2]) for row in rows] == [("T01", "'=1+1 化工", "未提供")]
        assert accounts.history_of("enterprises")[0].detail["count"] == 1

    def test_saving_a_point_by_form(self) -> None:
        view = make_point(make_enterprise().id)
        client = signed_in(make_person("boss", "operator"))
        page = client.get(f"/points/{view.id}/registry/")
        values = {k: v for k, v in page.context["form"].initial.items() if v is not None}
        wrong = client.post(f"/points/{view.id}/registry/", {**values, "multiplier": "0"})
        assert wrong.status_code == 422
        assert "倍率应大于 0" in wrong.content.decode()
        right = client.post(
            f"/points/{view.id}/registry/", {**values, "multiplier": "40", "gateway": "mqtt", "address": "a/b"}
        )
        assert right.status_code == 302
        saved = facade.point(SYSTEM, view.id)
        assert (saved.spec.multiplier, saved.binding) == (40.0, ("mqtt", "a/b", ""))

    def test_the_api_says_which_field_is_wrong(self) -> None:
        enterprise = make_enterprise()
        client = signed_in(make_person("boss", "operator"))
        body = {
            "enterprise_id": enterprise.id,
            "code": "P 1",
            "name": "点",
            "medium": "water",
            "kind": "interval",
            "unit": "m3",
            "expected_interval_s": 60,
        }
        answer = client.post("/api/v1/registry/points", body, content_type="application/json")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/body/code"

    def test_times_are_rfc_3339(self) -> None:
        begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1)
        view = make_point(make_enterprise().id, commissioned_at=begin)
        client = signed_in(make_person("boss", "operator"))
        shown = client.get(f"/api/v1/registry/points/{view.id}").json()["commissioned_at"]
        assert shown == "2026-01-01T09:00:00+08:00"
