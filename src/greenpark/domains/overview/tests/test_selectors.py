"""Load, collection, media, scope and search against hand calculations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from greenpark.domains.accounts.contracts import Actor, DataScope
from greenpark.domains.overview import facade
from greenpark.domains.overview.tests.conftest import AT, Plant
from greenpark.kernel.quality import Quality
from greenpark.store.interface import NotTaken

EVERYBODY = Actor(1, "全部", None, frozenset({"registry.view"}), DataScope(everything=True))


def only(*organisations: int) -> Actor:
    return Actor(2, "一家", None, frozenset({"registry.view"}), DataScope(organisations=frozenset(organisations)))


def test_load_is_amount_over_slot_with_export_apart(plant: Callable[..., Plant]) -> None:
    """25 kWh in a quarter hour are 100 kW; 0.01 MWh are 40 kW; what leaves is subtracted from the load now."""
    a = plant()
    grid, solar, sold = (
        a.meter("G"),
        a.meter("S", balance="production", unit="MWh"),
        a.meter("X", balance="export", kind="interval"),
    )
    a.quarters(grid, [25.0, 25.0, 5.0])
    a.quarters(solar, [0.01, 0.01, 0.001])
    a.quarters(sold, [2.0, 2.0, 0.5])
    found = facade.power(EVERYBODY, AT)
    assert found.imported_kw[-2:] == (100.0, 100.0)
    assert found.produced_kw[-1] == pytest.approx(40.0)
    assert found.exported_kw[-1] == pytest.approx(8.0)
    assert found.imported_kw[0] is None
    assert found.now_kw == pytest.approx(132.0)
    assert found.slot_at == datetime(2026, 11, 22, 1, 45, tzinfo=UTC)
    assert (found.meters, found.meters_in_slot) == (3, 3)
    assert len(found.times_ms) == 96


def test_the_running_slot_is_never_taken_for_the_load_now(plant: Callable[..., Plant]) -> None:
    a = plant()
    a.quarters(a.meter("G"), [5.0])
    assert facade.power(EVERYBODY, AT).now_kw is None


def test_the_slot_that_most_meters_have_filled_counts(plant: Callable[..., Plant]) -> None:
    a = plant()
    a.quarters(a.meter("A"), [25.0, 25.0, 25.0, 1.0])
    a.quarters(a.meter("B"), [25.0, 25.0], end=AT - timedelta(minutes=30))
    found = facade.power(EVERYBODY, AT)
    assert found.meters_in_slot == 2
    assert found.imported_kw[-1] is None, "a meter that has not reported yet is no drop of the load"
    assert found.imported_kw[-2] == pytest.approx(200.0)
    assert found.now_kw == pytest.approx(200.0)


def test_a_meter_that_sends_hourly_is_waited_for(plant: Callable[..., Plant]) -> None:
    """Two hours behind the others, its last slot is still the newest that all have filled."""
    a = plant()
    a.quarters(a.meter("A"), [25.0] * 12)
    a.quarters(a.meter("H", kind="interval"), [25.0] * 4, end=AT - timedelta(hours=2))
    found = facade.power(EVERYBODY, AT)
    assert (found.meters_in_slot, found.now_kw) == (2, 200.0)
    assert found.slot_at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def test_sub_meters_and_strange_units_stay_out_of_the_balance(plant: Callable[..., Plant]) -> None:
    a = plant()
    grid = a.meter("G")
    a.quarters(grid, [25.0, 0.0])
    a.quarters(a.meter("SUB", balance="sub_meter", sub_meter_of=grid.id), [20.0, 0.0])
    a.quarters(a.meter("GJ", unit="GJ"), [20.0, 0.0])
    found = facade.power(EVERYBODY, AT)
    assert found.now_kw == pytest.approx(100.0)
    assert found.skipped == ("监测点 GJ（GJ）",)


def test_estimated_slots_are_counted(plant: Callable[..., Plant]) -> None:
    a = plant()
    a.quarters(a.meter("G"), [25.0, 25.0], estimated=3.0)
    assert facade.power(EVERYBODY, AT).estimated_slots == 1


def test_collection_counts_points_by_their_own_interval(plant: Callable[..., Plant]) -> None:
    a = plant()
    fast, slow, never = a.meter("F", expected_interval_s=60), a.meter("S"), a.meter("N")
    a.reading(fast, AT - timedelta(minutes=11), 1.0)
    a.reading(slow, AT - timedelta(minutes=44), 1.0)
    found = facade.collection(EVERYBODY, AT)
    assert (found.points, found.online) == (3, 1)
    assert found.rate == pytest.approx(1 / 3)
    assert {point for point, _name, _at in found.silent} == {fast.id, never.id}
    assert found.newest_at == AT - timedelta(minutes=11)


def test_without_points_there_is_no_rate(plant: Callable[..., Plant]) -> None:
    plant()
    assert facade.collection(EVERYBODY, AT).rate is None


def test_latest_values_are_scaled_and_say_what_is_wrong(plant: Callable[..., Plant]) -> None:
    a = plant()
    meter, stack = a.meter("M", multiplier=60.0), a.meter("Y", medium="flue_gas", kind="concentration", unit="mg/m³")
    a.reading(meter, AT, 2.5)
    a.reading(stack, AT, 41.0, int(Quality.DEVICE_CALIBRATING))
    values = {value.code: value for value in facade.latest_values(EVERYBODY, a.enterprise.id, AT)}
    assert values["M"].value == pytest.approx(150.0)
    assert (values["M"].quality_level, values["M"].quality_text) == ("ok", "正常")
    assert (values["Y"].quality_level, values["Y"].quality_text) == ("bad", "校准")
    assert values["Y"].medium_name == "烟气"


def test_media_sum_import_meters_and_count_coverage(plant: Callable[..., Plant]) -> None:
    a = plant()
    first, second = a.meter("1"), a.meter("2")
    gas = a.meter("3", medium="natural_gas", kind="interval", unit="m³")
    start = datetime(2026, 11, 20, 16, tzinfo=UTC)
    for point, amounts in ((first, (100.0, 50.0)), (second, (10.0,)), (gas, (7.0, 8.0))):
        for day, amount in enumerate(amounts):
            a.day(point, start + timedelta(days=day), amount)
    rows = facade.by_medium(EVERYBODY, a.enterprise.id, start, start + timedelta(days=2))
    assert {(row.medium_name, row.amount, row.unit, row.coverage) for row in rows} == {
        ("电力", 160.0, "kWh", 0.5),
        ("天然气", 15.0, "m³", 1.0),
    }


def test_nobody_sees_another_enterprise(plant: Callable[..., Plant]) -> None:
    a, b = plant("T01"), plant("T02")
    a.quarters(a.meter("G"), [25.0, 0.0])
    b.quarters(b.meter("G"), [50.0, 0.0])
    actor = only(a.enterprise.organisation_id)
    assert facade.power(actor, AT).now_kw == pytest.approx(100.0)
    assert facade.power(EVERYBODY, AT).now_kw == pytest.approx(300.0)
    assert facade.collection(actor, AT).points == 1
    assert [hit.title for hit in facade.search(actor, "测试企业")[0]] == ["测试企业 T01"]
    assert facade.power(actor, AT, enterprise_id=b.enterprise.id).now_kw is None


def test_an_unknown_park_narrows_nothing(plant: Callable[..., Plant]) -> None:
    plant()
    assert facade.narrowed(EVERYBODY, "没有的园区") == EVERYBODY
    assert facade.narrowed(EVERYBODY, "") == EVERYBODY
    assert facade.parks(EVERYBODY) == []


def test_search_finds_by_pinyin_and_counts(plant: Callable[..., Plant]) -> None:
    a = plant(name="示范轧钢厂")
    a.meter("G1", name="进线总表")
    assert [hit.title for hit in facade.search(EVERYBODY, "sfzgc")[0]] == ["示范轧钢厂"]
    hits, count = facade.search(EVERYBODY, "总表")
    assert (hits[0].kind, count) == ("point", 1)
    assert facade.search(EVERYBODY, "  ") == ([], 0)


def test_refused_data_of_the_enterprise_alone(plant: Callable[..., Plant]) -> None:
    a, b = plant("T01"), plant("T02")
    a.meter("H", binding=("hj212", "MN-A", "2011", "a21026-Rtd"))
    b.meter("H", binding=("hj212", "MN-B", "2011", "a21026-Rtd"))
    now = int(AT.timestamp() * 1e6)
    for device, reason in (("MN-A", "校验码不符"), ("MN-B", "长度不符")):
        a.store.refuse([NotTaken(0, now, "hj212", "127.0.0.1", device, 0, "", "", "crc", reason, "字节序颠倒", b"")])
    assert [row.reason for row in facade.refused(EVERYBODY, a.enterprise.id, AT)] == ["校验码不符"]
    assert facade.refused(EVERYBODY, a.enterprise.id, AT + timedelta(days=8)) == []
