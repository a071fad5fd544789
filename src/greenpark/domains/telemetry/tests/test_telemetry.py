"""The telemetry domain end to end on a real store: series, explorer, uploads, imports, pages, scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from django.test import Client
from django.utils import timezone

from greenpark.domains.accounts.contracts import Actor, DataScope, OutOfScope
from greenpark.domains.accounts.testing import make_organisation, make_person
from greenpark.domains.registry.testing import make_enterprise, make_point
from greenpark.domains.telemetry import facade
from greenpark.domains.telemetry.contracts import PERMISSIONS
from greenpark.domains.telemetry.rules import Buckets, amount_unit, quality_words, usual_step
from greenpark.domains.telemetry.selectors import explorer, frames, not_taken
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.domains.telemetry.services import decisions, gateways, imports, uploads
from greenpark.ingest.sink import Delivery
from greenpark.kernel.periods import to_us
from greenpark.kernel.points import PointKind
from greenpark.kernel.quality import OF_RECEIPT, Quality
from greenpark.kernel.readings import Step

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
MINUTE = 60_000_000
EVERYTHING = frozenset(PERMISSIONS)


def actor(organisation: int | None, *permissions: str) -> Actor:
    scope = DataScope(True) if organisation is None else DataScope(organisations=frozenset({organisation}))
    return Actor(1, "李敏", organisation, frozenset(permissions) or EVERYTHING, scope)


@pytest.fixture
def world() -> Any:
    city = make_organisation("city")
    a, b = (make_enterprise(code, parent_organisation_id=city) for code in ("A01", "B01"))

    class World:
        ent_a, ent_b = a, b
        point_a = make_point(a.id, kind="rate", unit="kW", expected_interval_s=60)
        point_b = make_point(b.id)

    return World()


def feed(point: Any, values: list[float], start_us: int, flags: list[int] | None = None, step_us: int = MINUTE) -> None:
    d = Delivery("http", "10.0.0.1", "meter", start_us + len(values) * step_us, orjson.dumps({"v": values}))
    d.keys = [point.binding] * len(values)
    d.times = [start_us + i * step_us for i in range(len(values))]
    d.values, d.flags = values, flags or []
    access().pipeline.accept([d])
    access().keeper.flush()


def test_readings_become_rollups_and_the_check_from_raw_agrees(world: Any) -> None:
    start = to_us(AT)
    feed(world.point_a, [60.0] * 181, start)
    ids = [world.point_a.id]
    hours = facade.rollups(Step.HOUR, ids, start, start + 3 * 3_600_000_000)
    assert hours.amount.tolist() == pytest.approx([60.0, 60.0, 60.0])  # 60 kW for an hour is 60 kWh
    again = facade.rollups_from_readings(Step.HOUR, ids, start, start + 3 * 3_600_000_000)
    assert again.amount.tolist() == hours.amount.tolist()
    starts, sums = facade.rollup_sums(Step.HOUR, ids, start, start + 3 * 3_600_000_000)
    assert sums.tolist() == pytest.approx([60.0] * 3)
    assert starts.tolist() == hours.starts.tolist()
    assert facade.latest(ids).values.tolist() == [60.0]


def test_online_rate_counts_silent_and_never(world: Any) -> None:
    start = to_us(AT)
    feed(world.point_a, [1.0], start)
    ids = [world.point_a.id, world.point_b.id]
    soon = facade.online_rate(ids, start + 5 * MINUTE)
    assert (soon.points, soon.online, soon.silent, soon.never, soon.newest_us) == (2, 1, 0, 1, start)
    late = facade.online_rate(ids, start + 60 * MINUTE)
    assert (late.online, late.silent) == (0, 1)
    assert facade.online_rate([], start).share is None


def test_explorer_marks_quality_and_keeps_every_bad_value_on_the_chart(world: Any) -> None:
    start = to_us(AT)
    flags = [0] * 5_000
    flags[1234] = int(Quality.DEVICE_FAULT)
    values = [float(i % 7) for i in range(5_000)]
    values[4321] = 99.0
    feed(world.point_a, values, start, flags, step_us=1_000_000)
    shown = explorer.show(actor(None), world.point_a.id, "raw", start, start + 5_000_000_000)
    spec = explorer.chart(shown)
    assert len(shown) == 5_000
    assert len(spec["time"]) <= explorer.CHART_POSITIONS + 500
    assert 99.0 in spec["series"][0]["data"]
    bad = [v for v in spec["series"][1]["data"] if v is not None]
    assert values[1234] in bad
    rows, count = shown.page(0, 10)
    assert count == 5_000
    assert rows[0].time_us == start + 4_999_000_000


def test_a_value_is_followed_to_its_frame_and_to_what_it_replaced(world: Any) -> None:
    start = to_us(AT)
    feed(world.point_a, [1.0], start)
    feed(world.point_a, [2.0], start)
    detail = explorer.reading(actor(None), world.point_a.id, start)
    assert detail.row.value == 2.0
    assert [r.value for r in detail.replaced] == [1.0]
    frame = frames.frame(detail.frame_id)
    assert frame is not None
    assert orjson.loads(frame.raw) == {"v": [2.0]}
    with pytest.raises(OutOfScope):
        explorer.reading(actor(world.ent_b.organisation_id), world.point_a.id, start)
    with pytest.raises(OutOfScope):
        explorer.reading(actor(None), world.point_a.id, start + 1)


def test_a_discarded_reading_leaves_the_sums_and_comes_back(world: Any) -> None:
    start = to_us(AT)
    point = make_point(world.ent_a.id, "I1", kind="interval", unit="kWh", expected_interval_s=900)
    feed(point, [10.0] * 8, start, step_us=15 * MINUTE)
    who = actor(world.ent_a.organisation_id)

    def hour() -> float:
        return float(facade.rollups(Step.HOUR, [point.id], start, start + 60 * MINUTE).amount[0])

    assert hour() == pytest.approx(40.0)
    where = {"point_id": point.id, "time_us": start + 15 * MINUTE, "at": AT}
    decisions.decide(**where, what="discard", reason="校准期间", by=who)
    rows = facade.rollups(Step.HOUR, [point.id], start, start + 60 * MINUTE)
    assert (rows.valid[0], rows.count[0]) == (3, 4)
    detail = explorer.reading(who, point.id, start + 15 * MINUTE)
    assert detail.row.value == 10.0
    assert "人工剔除" in detail.row.words
    assert "校准期间" in frames.frame(detail.frame_id).decoded.text  # type: ignore[union-attr]
    # arrived long after its time: the mark of its receipt stays with it
    assert [r.quality & ~int(OF_RECEIPT) for r in detail.replaced] == [0]
    decisions.decide(**where, what="undo", reason="误操作", by=who)
    assert hour() == pytest.approx(40.0)
    with pytest.raises(OutOfScope):
        decisions.decide(**where, what="discard", reason="x", by=actor(world.ent_b.organisation_id))
    with pytest.raises(decisions.NotADecision):
        decisions.decide(**where, what="discard", reason=" ", by=who)


def test_frames_are_taken_apart_by_their_protocol() -> None:
    body = b"QN=20261122091500000;ST=31;CN=2011;PW=123456;MN=0123456789ABCDEF01234567;Flag=4;CP=&&&&"
    hj = frames.decode("hj212", b"##%04d%s0000\r\n" % (len(body), body))
    assert "CRC" in hj.problem or "校验" in hj.problem
    assert frames.decode("mqtt", b'{"p": 1}').fields == (("p", "1"),)
    assert frames.decode("mqtt", b"\xff").problem
    assert frames.decode("sparkplug", b"\x0b").problem
    assert "\\x00" in frames.decode("other", b"a\x00b").text
    assert frames.hex_dump(b"AB").startswith("000000  41 42")


def body(*items: dict[str, Any]) -> bytes:
    return orjson.dumps({"readings": list(items)})


def test_upload_is_answered_item_by_item_and_scoped(world: Any) -> None:
    good = {"key": world.point_a.binding[1], "time": "2026-11-20T12:00:00+08:00", "value": 1.5, "unit": "kW"}
    other = {"point": world.point_b.id, "time": 1795305600, "value": 1}
    answer, repeated = uploads.take(
        body=body(good, other, {**good, "unit": "MW"}, {**good, "time": "gestern"}, {**good, "value": "x"},
                  {**good, "value": None}, {"key": "nobody", "time": 1795305600, "value": 2}),
        by=actor(world.ent_a.organisation_id), at=AT, peer="10.0.0.1",
    )  # fmt: skip
    assert not repeated
    assert (answer["accepted"], answer["refused"]) == (1, 6)
    assert [r.get("code") for r in answer["results"]] == [
        None, "out_of_scope", "wrong_unit", "bad_time", "bad_value", "not_finite", "unknown_point",
    ]  # fmt: skip
    assert not len(facade.latest([world.point_b.id]))


def test_the_same_idempotency_key_gives_the_same_answer(world: Any) -> None:
    who = actor(world.ent_a.organisation_id)
    one = body({"point": world.point_a.id, "time": "2026-11-20T12:00:00+08:00", "value": 1})
    first, _ = uploads.take(body=one, by=who, at=AT, peer="x", key="k1")
    again, repeated = uploads.take(body=one, by=who, at=AT + timedelta(minutes=1), peer="x", key="k1")
    assert repeated
    assert again == first
    with pytest.raises(uploads.KeyReused):
        uploads.take(body=body(), by=who, at=AT, peer="x", key="k1")
    _, others = uploads.take(body=one, by=replace(who, id=2), at=AT, peer="x", key="k1")
    assert not others


@pytest.mark.parametrize("raw", [b"", b"{", b'{"readings": 1}', b'{"readings": [{"value": 1}]}', b"\xff"])
def test_bodies_that_are_no_batch(raw: bytes) -> None:
    with pytest.raises(uploads.BadBatch):
        uploads.read_batch(raw)


def test_too_many_items() -> None:
    with pytest.raises(uploads.TooLarge):
        uploads.read_batch(body(*[{"time": 1, "value": 1}] * (uploads.MAX_ITEMS + 1)))


def test_import_previews_then_stores_once(world: Any) -> None:
    who = actor(world.ent_a.organisation_id)
    text = f"监测点,时间,数值\n{world.point_a.code},2026-11-01 00:00,1\nB01,2026-11-01,1\n"
    made = imports.upload(name="x.csv", data=text.encode(), by=who, at=AT)
    assert (made.state, made.new, made.errors) == ("previewed", 1, 1)
    with pytest.raises(OutOfScope):
        imports.again(actor(world.ent_b.organisation_id), made.id, AT)
    with pytest.raises(ValueError, match="没有导入任何数据"):
        imports.confirm(import_id=made.id, partial=False, by=who, at=AT)
    done = imports.confirm(import_id=made.id, partial=True, by=who, at=AT)
    assert (done.state, done.accepted) == ("partial", 1)
    with pytest.raises(imports.AlreadyDecided):
        imports.confirm(import_id=made.id, partial=True, by=who, at=AT)
    assert facade.latest([world.point_a.id]).values.tolist() == [1.0]


def test_an_import_reaches_only_points_of_its_own_organisation(world: Any) -> None:
    text = f"监测点,时间,数值\n{world.point_b.binding[1]},2026-11-01,1\n"
    made = imports.upload(name="x.csv", data=text.encode(), by=actor(world.ent_a.organisation_id), at=AT)
    assert (made.new, made.errors) == (0, 1)


def test_unknown_points_are_discovered_until_they_are_bound(world: Any) -> None:
    now = to_us(AT)
    d = Delivery("hj212", "10.0.0.9", "M" * 24, now, b"##", [("hj212", "M" * 24, "2011", "a01-Rtd")], [now], [3.0])
    access().pipeline.accept([d, replace(d)])
    (found,) = not_taken.unknown_keys(actor(None), now - MINUTE, now + MINUTE)
    assert found.key[3] == "a01-Rtd"
    assert found.seen == 2
    assert not_taken.unknown_keys(actor(world.ent_a.organisation_id), now - MINUTE, now + MINUTE) == []
    make_point(world.ent_a.id, "P9", binding=d.keys[0])
    assert not_taken.unknown_keys(actor(None), now - MINUTE, now + MINUTE) == []
    assert access().pipeline.accept([d])[0].accepted == 1


def test_stations_are_the_bound_ones_with_their_settings(world: Any) -> None:
    mn = "A" * 24
    make_point(world.ent_a.id, "P8", binding=("hj212", mn, "2011", "w01-Rtd"))
    parts = gateways.gateway_parts(access())
    before = parts.devices.profile(mn)
    assert before is not None
    assert parts.devices.profile("B" * 24) is None
    parts.every_second()
    assert parts.devices.profile(mn) is before
    gateways.save_station(gateways.StationChange(mn, crc="modbus"), by=actor(None), at=AT)
    parts.every_second()
    assert parts.devices.profile(mn).crc == "modbus"
    with pytest.raises(gateways.NotAStation):
        gateways.save_station(gateways.StationChange(mn, crc="xx"), by=actor(None), at=AT)


@pytest.fixture
def client(world: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    person = make_person("visitor", organisation_id=world.ent_a.organisation_id)
    made = Client()
    made.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    who = actor(world.ent_a.organisation_id)
    who = replace(who, permissions=EVERYTHING | {"registry.view"})
    monkeypatch.setattr("greenpark.domains.accounts.facade.guard.actor_of", lambda person: who)
    return made


def test_pages_show_empty_one_and_many(world: Any, client: Client) -> None:
    page = f"/telemetry/points/{world.point_a.id}/"
    assert "这段时间没有数据" in client.get(page).content.decode()
    now = to_us(timezone.now())
    feed(world.point_a, [float(i) for i in range(300)], now - 300 * MINUTE)
    shown = client.get(page + "?step=raw").content.decode()
    assert "追溯" in shown
    assert "telemetry/points" in shown
    for step in ("15min", "hour", "day", "month"):
        assert client.get(f"{page}?step={step}").status_code == 200
    assert client.get(page + "?from=2020-01-01&to=2026-11-20&step=raw").status_code == 200
    assert client.get(page + "?from=xx&to=yy&step=zz").status_code == 200
    listed = client.get("/telemetry/points/?state=online").content.decode()
    assert world.point_a.name in listed
    csv = client.get(page + "?step=raw&export=csv")
    text = b"".join(csv.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff监测点,时间,数值（kW）")
    assert len(text.splitlines()) == 301
    assert client.get(page + "?step=hour&export=xlsx")["Content-Type"].endswith("sheet")


def test_import_pages(world: Any, client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = f"监测点,时间,数值\n{world.point_a.code},2026-11-01 00:00,1\nB01,2026-11-01,1\n"
    answer = client.post(
        "/telemetry/imports/upload/", {"file": SimpleUploadedFile("x.csv", text.encode())}, follow=True
    )
    assert "第 3 行" in answer.content.decode()
    address = answer.redirect_chain[-1][0]
    assert client.get(address + "errors.xlsx")["Content-Type"].endswith("sheet")
    done = client.post(address + "decide/", {"what": "partial"}, follow=True).content.decode()
    assert "已导入 1 条读数" in done
    assert "x.csv" in client.get("/telemetry/imports/").content.decode()


def test_gateway_and_not_taken_pages(world: Any, client: Client, settings: Any) -> None:
    now = to_us(timezone.now())
    d = Delivery("http", "10.0.0.1", "dev", now, b"{}", [world.point_a.binding], [now + 10**10], [1.0])
    access().pipeline.accept([d])
    shown = client.get("/telemetry/not-taken/").content.decode()
    assert "时间在将来" in shown
    assert "没有采集进程" in client.get("/telemetry/gateways/").content.decode()
    assert client.get("/telemetry/unknown/").status_code == 200


def test_api_pages_through_readings_with_a_cursor(world: Any, client: Client) -> None:
    start = to_us(AT)
    feed(world.point_a, [float(i) for i in range(25)], start)
    span = "start=2026-11-01T00:00:00Z&end=2026-12-01T00:00:00Z"
    base = f"/api/v1/telemetry/points/{world.point_a.id}/readings?{span}&limit=10"
    values: list[float] = []
    cursor = ""
    for _ in range(3):
        page = client.get(base + cursor).json()
        values += [item["value"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert values == [float(i) for i in range(25)]
    assert page["next_cursor"] is None
    assert page["items"][0]["time"].endswith("+08:00")


def test_api_upload_limits_and_replay(world: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from greenpark.domains.telemetry import api

    monkeypatch.setattr(api, "_requests", Buckets(per_s=0.001, burst=3))
    data = body({"point": world.point_a.id, "time": timezone.now().isoformat(), "value": 1})
    send = {"content_type": "application/json", "HTTP_IDEMPOTENCY_KEY": "a"}
    first = client.post("/api/v1/telemetry/readings", data, **send)  # type: ignore[arg-type]
    assert first.json()["accepted"] == 1
    second = client.post("/api/v1/telemetry/readings", data, **send)  # type: ignore[arg-type]
    assert second["Idempotent-Replayed"] == "true"
    large = client.post("/api/v1/telemetry/readings", b" " * (uploads.MAX_BYTES + 1), content_type="application/json")
    assert large.status_code == 413
    assert large["Content-Type"].startswith("application/problem+json")
    limited = client.post("/api/v1/telemetry/readings", data, content_type="application/json")
    assert limited.status_code == 429
    assert int(limited["Retry-After"]) > 0


def test_words_and_steps() -> None:
    assert quality_words(int(Quality.DEVICE_FAULT | Quality.RANGE)) == "故障（D）、超出合理范围"
    assert set(np.unique([bit in _known() for bit in Quality])) == {True}
    assert amount_unit(PointKind.RATE, "kW") == "kWh"
    assert amount_unit(PointKind.RATE, "m3/h") == "m3"
    assert amount_unit(PointKind.COUNTER, "kWh") == "kWh"
    assert usual_step(1, 60) == "raw"
    assert usual_step(30, 60) == "15min"
    assert usual_step(365, 900) == "day"


def _known() -> set[Quality]:
    from greenpark.domains.telemetry.rules import QUALITY_WORDS

    return set(QUALITY_WORDS)
