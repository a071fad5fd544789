"""Downward commands: from the web's table through a running gateway to a simulated station and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, DataScope, OutOfScope
from greenpark.domains.accounts.testing import make_person
from greenpark.domains.registry.testing import make_enterprise, make_point
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.contracts import PERMISSIONS
from greenpark.domains.telemetry.rules import HIDDEN, NEEDS_REASON, OPTIONAL_FIELDS, ORDER_FIELDS, ORDER_NAMES
from greenpark.domains.telemetry.selectors import stations
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.domains.telemetry.services import gateways, orders
from greenpark.domains.telemetry.services.secrets import CannotOpen, seal, unseal
from greenpark.ingest.hj212 import Settings, Station, StationSettings, record_items
from greenpark.ingest.runtime import GatewayConfig, Gateways, Hj212Config, now_us
from greenpark.ingest.sink import Delivery
from greenpark.kernel.periods import from_us, to_us
from greenpark.protocols.hj212.commands import parameters

MN = "010000A8900016F000169DC0"
AT = datetime(2026, 3, 1, tzinfo=UTC)
EVERYTHING = frozenset(PERMISSIONS)


def actor(organisation: int | None) -> Actor:
    scope = DataScope(True) if organisation is None else DataScope(organisations=frozenset({organisation}))
    return Actor(1, "李敏", organisation, EVERYTHING, scope)


def bound(code: str = "A01", mn: str = MN) -> Any:
    enterprise = make_enterprise(code)
    point = make_point(enterprise.id, kind="rate", unit="mg/m3", binding=("hj212", mn, "2061", "a21026-Avg"))
    return enterprise, point


def test_every_command_of_the_table_can_be_built_and_every_parameter_has_a_field() -> None:
    for cn in ORDER_NAMES:
        assert set(parameters(cn)) <= set(ORDER_FIELDS), cn
        assert OPTIONAL_FIELDS.get(cn, frozenset()) <= set(parameters(cn)), cn
    assert set(ORDER_NAMES) >= NEEDS_REASON


def test_secrets_are_sealed_and_another_key_does_not_open_them(settings: Any) -> None:
    sealed = seal("123456")
    assert "123456" not in sealed
    assert unseal(sealed) == "123456"
    assert unseal("plain") == "plain"
    assert seal("") == ""
    settings.SECRET_KEY = "another"
    with pytest.raises(CannotOpen):
        unseal(sealed)


@pytest.mark.django_db
def test_an_order_is_checked_before_it_is_kept() -> None:
    enterprise, _ = bound()
    me = actor(enterprise.organisation_id)
    for cn, fields, reason, words in (
        ("9014", {}, "", "没有 CN=9014"),
        ("2061", {"begin": "2026-03-01T08:00"}, "", "截止时间"),
        ("2061", {"begin": "2026-03-02T08:00", "end": "2026-03-01T08:00"}, "", "早于"),
        ("1062", {"seconds": "5"}, "试验", "30 到 3600"),
        ("1062", {"seconds": "45"}, " ", "理由"),
        ("1072", {"new": "12"}, "换口令", "6 位"),
        ("1011", {"odd": "1"}, "", "没有参数"),
    ):
        with pytest.raises(orders.NotACommand, match=words):
            orders.order(mn=MN, cn=cn, fields=fields, reason=reason, by=me, at=AT)
    with pytest.raises(OutOfScope):
        orders.order(mn=MN, cn="1011", fields={}, reason="", by=actor(987), at=AT)
    assert not models.Order.objects.exists()


@pytest.mark.django_db
def test_a_station_that_feeds_a_neighbour_too_is_nobodys_but_the_parks() -> None:
    first, _ = bound("A01")
    second = make_enterprise("B01")
    make_point(second.id, kind="rate", unit="mg/m3", binding=("hj212", MN, "2061", "a21002-Avg"))
    with pytest.raises(OutOfScope):
        stations.station(actor(first.organisation_id), MN)
    assert len(stations.station(actor(None), MN).points) == 2


@pytest.mark.django_db
def test_an_order_nobody_fetched_is_not_sent_later_and_one_may_be_withdrawn() -> None:
    enterprise, _ = bound()
    me = actor(enterprise.organisation_id)
    old = orders.order(mn=MN, cn="3011", fields={"pol_id": "a21026"}, reason="月度校准", by=me, at=AT)
    late = AT + timedelta(minutes=11)
    assert stations.order(me, old, late).state == "timeout"
    taken_back = orders.order(mn=MN, cn="1072", fields={"new": "abc123"}, reason="换口令", by=me, at=late)
    assert "abc123" not in str(models.Order.objects.get(pk=taken_back).fields)
    assert orders.withdraw(taken_back, by=me, at=late)
    assert not orders.withdraw(taken_back, by=me, at=late)
    fresh = orders.order(mn=MN, cn="1011", fields={}, reason="", by=me, at=late)
    box = orders.OrderBox(lambda: to_us(late))
    assert [o.id for o in box.take()] == [fresh]
    assert list(box.take()) == []
    assert models.Order.objects.get(pk=old).outcome == "expired"
    # The gateway dies; the next one says that nobody knows.
    assert list(orders.OrderBox(lambda: to_us(late)).take()) == []
    ended = stations.order(me, fresh, late)
    assert (ended.state, ended.outcome) == ("failed", "interrupted")
    titles = {e.action for e in accounts.history_of(f"station:{MN}")}
    assert {"telemetry.command.ordered", "telemetry.command.withdrawn", "telemetry.command.timeout"} <= titles


def in_gateway(tmp_path: Path, settings: Settings, work: Callable[[Gateways], Awaitable[None]]) -> None:
    """Run ``work`` beside a real gateway on a free port."""

    async def run() -> None:
        made = Gateways(
            GatewayConfig(tmp_path / "run" / "gateways.json", Hj212Config(settings=settings), status_every_s=0.1),
            await asyncio.to_thread(gateways.gateway_parts),
        )
        await made.start()
        try:
            await work(made)
        finally:
            await made.stop()

    try:
        asyncio.run(run())
    finally:
        connections.close_all()


async def ended(order_id: int, seconds: float = 30) -> models.Order:
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        row = await asyncio.to_thread(models.Order.objects.get, pk=order_id)
        if row.ended_at is not None:
            return row
        assert asyncio.get_running_loop().time() < deadline, (row.state, row.message)
        await asyncio.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_history_password_wrong_password_and_an_unreachable_station(tmp_path: Path) -> None:
    enterprise, point = bound()
    away = "0" * 24
    make_point(enterprise.id, "P2", kind="rate", unit="mg/m3", binding=("hj212", away, "2061", "a21026-Avg"))
    me = actor(enterprise.organisation_id)
    hours = [(AT + timedelta(hours=i), record_items({"a21026-Avg": 10.0 + i})) for i in range(4)]

    def order(cn: str, fields: dict[str, str], mn: str = MN) -> int:
        return orders.order(mn=mn, cn=cn, fields=fields, reason="试验", by=me, at=from_us(now_us()))

    async def work(made: Gateways) -> None:
        station = Station(StationSettings(MN, password="123456"), {"2061": hours})
        await station.connect("127.0.0.1", made.hj212_port or 0)
        await station.upload(hours[:1], "2061")
        span = {"begin": "2026-03-01T08:00", "end": "2026-03-01T11:00"}
        history = await ended(await asyncio.to_thread(order, "2061", span))
        assert (history.state, history.result["records"]) == ("done", 4), history.message
        newest = await asyncio.to_thread(access().store.read, [point.id], to_us(AT), to_us(AT) + 4 * 3_600_000_000)
        assert newest.values.tolist() == [10.0, 11.0, 12.0, 13.0]
        # A new password: the station keeps it, and so does the centre.
        station.password = "123456"
        changed = await ended(await asyncio.to_thread(order, "1072", {"new": "abc123"}))
        assert (changed.state, changed.exe_rtn) == ("done", 1), changed.message
        assert changed.fields == {"new": HIDDEN}
        row = await asyncio.to_thread(models.Station.objects.get, mn=MN)
        assert unseal(row.password) == "abc123" == station.password
        # Somebody changes it on the spot: the station refuses what the centre sends.
        station.password = "other1"
        refused = await ended(await asyncio.to_thread(order, "1011", {}))
        assert (refused.state, refused.qn_rtn) == ("failed", 3), refused.message
        assert "PW 错误" in refused.message
        gone = await ended(await asyncio.to_thread(order, "1011", {}, away))
        assert (gone.state, gone.outcome) == ("timeout", "offline"), gone.message
        station.answers_commands = False
        silent = await ended(await asyncio.to_thread(order, "1011", {}))
        assert (silent.state, silent.outcome) == ("timeout", "no_answer"), silent.message
        await station.close()

    in_gateway(tmp_path, Settings(answer_timeout_s=0.5, resends=1), work)


@pytest.mark.django_db(transaction=True)
def test_a_station_that_is_registered_leaves_the_list_of_unknown_ones(tmp_path: Path) -> None:
    async def work(made: Gateways) -> None:
        assert made.hj212 is not None
        station = Station(StationSettings(MN, timeout_s=60))
        await station.connect("127.0.0.1", made.hj212_port or 0)
        await station.send(station.record_message("2061", AT, record_items({"a21026-Avg": 1.0})))
        for _ in range(600):
            if made.hj212.snapshot().unknown_devices:
                break
            await asyncio.sleep(0.05)
        assert [u.mn for u in made.hj212.snapshot().unknown_devices] == [MN]
        await asyncio.to_thread(bound)
        for _ in range(600):
            if not made.hj212.snapshot().unknown_devices:
                break
            await asyncio.sleep(0.05)
        assert made.hj212.snapshot().unknown_devices == ()
        await station.close()

    in_gateway(tmp_path, Settings(), work)


@pytest.mark.django_db
def test_the_page_orders_a_command_and_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    enterprise, _ = bound()
    client = Client()
    person = make_person("visitor", organisation_id=enterprise.organisation_id)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    monkeypatch.setattr("greenpark.domains.accounts.facade.guard.actor_of", lambda p: actor(enterprise.organisation_id))
    page = f"/telemetry/stations/{MN}/"
    key = "00112233445566778899aabbccddeeff"
    saved = client.post(
        "/telemetry/stations/save/", {"mn": MN, "crc": "standard", "password": "pw9876", "sm4_key": key}
    )
    assert saved.status_code == 302
    row = models.Station.objects.get(mn=MN)
    assert (unseal(row.password), [unseal(k) for k in row.sm4_keys]) == ("pw9876", [key])
    for cn in ORDER_NAMES:
        assert client.get(page + f"?cn={cn}").status_code == 200
    wrong = client.post(page + "order/", {"cn": "1062", "seconds": "5", "reason": "试验"})
    assert wrong.status_code == 422
    assert client.post(page + "order/", {"cn": "1072", "new": "zzz999", "reason": "换口令"}).status_code == 302
    order_id = models.Order.objects.get().pk
    seen = [page, "/telemetry/stations/", "/telemetry/gateways/", f"/telemetry/orders/{order_id}/"]
    text = "".join(client.get(address).content.decode() for address in seen)
    assert HIDDEN in text
    for secret in ("zzz999", "pw9876", key, row.password, row.sm4_keys[0]):
        assert secret not in text
    # Blank leaves the secrets, the boxes forget them.
    client.post("/telemetry/stations/save/", {"mn": MN, "crc": "modbus"})
    row.refresh_from_db()
    assert (unseal(row.password), len(row.sm4_keys), row.crc) == ("pw9876", 1, "modbus")
    client.post("/telemetry/stations/save/", {"mn": MN, "crc": "modbus", "forget_keys": "on", "forget_password": "on"})
    row.refresh_from_db()
    assert (row.password, row.sm4_keys) == ("", [])


@pytest.mark.django_db
def test_an_unknown_key_is_bound_in_two_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    enterprise, _ = bound()
    client = Client()
    client.force_login(make_person("visitor"), backend="django.contrib.auth.backends.ModelBackend")
    who = Actor(1, "李敏", None, EVERYTHING | {"registry.view", "registry.configure"}, DataScope(True))
    monkeypatch.setattr("greenpark.domains.accounts.facade.guard.actor_of", lambda p: who)
    new, topic = ("hj212", MN, "2061", "a21002-Avg"), ("mqtt", "plant/a", "p")
    now = now_us()
    delivery = Delivery("hj212", "10.0.0.9:1", MN, now, b"x", [new, topic], [now] * 2, [1.0, 2.0])
    access().pipeline.accept([delivery])
    page = client.get("/telemetry/unknown/").content.decode()
    links = [unescape(text) for text in re.findall('href="([^"]*points/new[^"]*)"', page)]
    ours, other = sorted(links, key=lambda text: "mqtt" in text)
    # Its station feeds one enterprise: straight to the form.
    form = client.get(ours).context["form"]
    assert form.initial["address"] == f"{MN}\n2061\na21002-Avg"
    filled = {n: form.initial.get(n, f.initial) or "" for n, f in form.fields.items()}
    answer = client.post(ours, filled | {"unit": "mg/m3", "medium": "electricity", "active": "on"})
    assert answer.status_code == 302, answer.context["form"].errors
    access().pipeline.accept([Delivery("hj212", "10.0.0.9:1", MN, now, b"x", [new], [now], [1.0])])
    assert len(access().store.latest(None)) == 1
    # Nobody is known to own the topic: choose an enterprise first, the binding comes along.
    choose = client.get(other)
    assert "plant/a" in choose.content.decode()
    form = client.get(other + f"&enterprise={enterprise.id}").context["form"]
    assert (form.initial["gateway"], form.initial["address"]) == ("mqtt", "plant/a\np")
