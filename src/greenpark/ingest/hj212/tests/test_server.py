"""The gateway over real TCP: acknowledgement after storage, refusals, limits, back-pressure, commands."""

from __future__ import annotations

import asyncio
import gc
import threading
from datetime import UTC, datetime, timedelta

import pytest

from greenpark.ingest.hj212 import DeviceOffline, Settings, Station, StationSettings, record_items
from greenpark.ingest.hj212.tests.harness import MN, House, Peer, house
from greenpark.protocols.hj212 import CipherStyle, CrcVariant, Edition, Message, State, commands, encode
from greenpark.protocols.hj212.tests.building import framed, upload

GOOD = "DataTime=20160801085857;a21026-Rtd=11.4,a21026-Flag=N;a34013-Rtd=3.5,a34013-Flag=D"
AT = datetime(2026, 3, 1, tzinfo=UTC)


def series(count: int, start: datetime = AT) -> list[tuple[datetime, tuple[tuple[tuple[str, str], ...], ...]]]:
    return [
        (start + timedelta(hours=i), record_items({"a21026-Avg": 10 + i, "a21026-Max": 12 + i, "a34013-Avg": 3.0}))
        for i in range(count)
    ]


def station(port: int, **settings: object) -> Station:
    return Station(StationSettings(MN, **{"timeout_s": 0.4, **settings}))  # type: ignore[arg-type]


def test_a_reading_is_stored_and_only_then_acknowledged() -> None:
    async def run() -> None:
        async with house() as h:
            stored = threading.Event()
            h.sink.before = lambda: stored.wait(5) and None
            peer = await Peer.connect(h.port)
            await peer.send(upload(GOOD))
            with pytest.raises(TimeoutError):
                await peer.frame(0.15)
            stored.set()
            answer = await peer.frame()
            assert (answer.header.cn, answer.qn, answer.header.st, answer.header.flag) == (
                "9014",
                "20160801085857223",
                "91",
                4,
            )
            (delivery,) = h.sink.deliveries
            assert delivery.keys == [("hj212", MN, "2011", "a21026-Rtd"), ("hj212", MN, "2011", "a34013-Rtd")]
            assert delivery.values == [11.4, 3.5]
            assert delivery.flags == [0, 8]
            assert delivery.raw == upload(GOOD)[:-2]
            assert (delivery.device, delivery.gateway) == (MN, "hj212")
            await peer.close()

    asyncio.run(run())


def test_no_answer_without_bit_a_and_none_without_storage() -> None:
    async def run() -> None:
        async with house(Settings(store_retries_s=(0.01, 0.01))) as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload(GOOD).replace(b"Flag=5", b"Flag=4").replace(upload(GOOD)[-6:-2], b"0000"))
            await h.until(lambda: h.codes().get("bad_crc") == 1)
            silent = framed(upload(GOOD)[6:-6].replace(b"Flag=5", b"Flag=4"))
            await peer.send(silent)
            await h.until(lambda: len(h.sink.deliveries) == 1)
            h.sink.failures = [OSError("disk full")] * 3
            await peer.send(upload(GOOD, "2061"))
            assert await peer.hung_up()
            assert not peer.frames
            await h.until(lambda: h.server.snapshot().totals.not_stored == 1)
            assert len(h.sink.deliveries) == 1
            await peer.close()

    asyncio.run(run())


def test_a_passing_trouble_of_the_store_costs_nothing() -> None:
    async def run() -> None:
        async with house(Settings(store_retries_s=(0.01, 0.01))) as h:
            h.sink.failures = [OSError("locked"), OSError("locked")]
            peer = await Peer.connect(h.port)
            await peer.send(upload(GOOD))
            assert (await peer.frame()).header.cn == "9014"
            assert len(h.sink.deliveries) == 1
            await peer.close()

    asyncio.run(run())


def test_a_resend_is_answered_again_but_not_stored_again() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload(GOOD) * 2)
            assert [(await peer.frame()).qn for _ in range(2)] == ["20160801085857223"] * 2
            await peer.close()
            again = await Peer.connect(h.port)  # and after a reconnect
            await again.send(upload(GOOD))
            assert (await again.frame()).header.cn == "9014"
            assert len(h.sink.deliveries) == 1
            await again.send(upload(GOOD.replace("11.4", "11.5")))  # same QN, corrected value
            await again.frame()
            assert [d.values[0] for d in h.sink.deliveries] == [11.4, 11.5]
            assert h.server.snapshot().totals.duplicates == 2
            await again.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (upload(GOOD).replace(b"PW=123456", b"PW=654321"), "bad_crc"),
        (framed(upload(GOOD)[6:-6].replace(b"PW=123456", b"PW=654321")), "bad_pw"),
        (framed(upload(GOOD)[6:-6].replace(MN.encode(), b"UNKNOWN01")), "bad_mn"),
        (framed(upload(GOOD)[6:-6].replace(b"ST=32", b"ST=21")), "bad_st"),
        (framed(upload(GOOD)[6:-6].replace(b"CN=2011", b"CN=2099")), "bad_cn"),
        (framed(upload(GOOD)[6:-6].replace(b"CN=2011", b"CN=1012")), "bad_cn"),
        (framed(upload(GOOD)[6:-6].replace(b"Flag=5", b"Flag=77")), "bad_flag"),
        (framed(upload(GOOD)[6:-6].replace(b"QN=2016", b"QN=20")), "bad_qn"),
        (framed(upload(GOOD)[6:-6].replace(b"DataTime=2016", b"DataTime=20")), "bad_data_time"),
        (upload(GOOD + ";a21"), "bad_item"),
        (upload(GOOD)[:-6] + b"1234\r\n", "bad_crc"),
        (b"##0011" + upload(GOOD)[6:], "bad_length"),
        (b"hello\r\n", "garbage"),
    ],
)
def test_what_is_wrong_is_dropped_unanswered_counted_and_listed(data: bytes, code: str) -> None:
    async def run() -> None:
        async with house(system_codes=frozenset({"32"})) as h:
            peer = await Peer.connect(h.port)
            await peer.send(data + upload(GOOD))
            assert (await peer.frame()).header.cn == "9014"  # the good one behind it
            await h.until(lambda: len(h.sink.rejected) == 1)
            assert h.codes() == {code: 1}
            (one,) = h.sink.rejected
            assert one.code == code
            assert one.reason
            assert one.raw in data
            assert len(h.sink.deliveries) == 1
            with pytest.raises(TimeoutError):
                await peer.frame(0.05)
            await peer.close()

    asyncio.run(run())


def test_unknown_stations_are_discovered() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            for _ in range(2):
                await peer.send(framed(upload(GOOD)[6:-6].replace(MN.encode(), b"NEWSTATION")))
            await h.until(lambda: h.codes().get("bad_mn") == 2)
            (unknown,) = h.server.snapshot().unknown_devices
            assert (unknown.mn, unknown.st, unknown.cn, unknown.frames, unknown.edition) == (
                "NEWSTATION",
                "32",
                "2011",
                2,
                "2017",
            )
            assert len(h.sink.rejected) == 2
            h.directory.add("NEWSTATION")
            h.server.forget_unknown("NEWSTATION")
            await peer.send(framed(upload(GOOD)[6:-6].replace(MN.encode(), b"NEWSTATION")))
            assert (await peer.frame()).header.mn == "NEWSTATION"
            assert not h.server.snapshot().unknown_devices
            await peer.close()

    asyncio.run(run())


def test_a_value_that_is_no_number_is_refused_alone() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload("DataTime=20160801085857;a21026-Rtd=NaN,a21026-Flag=N;a34013-Rtd=3.5"))
            await peer.frame()
            (delivery,) = h.sink.deliveries
            assert delivery.problems[0].code == "not_finite"
            assert delivery.problems[0].value == "NaN"
            totals = h.server.snapshot().totals
            assert (totals.readings, totals.refused_items) == (1, 1)
            await peer.close()

    asyncio.run(run())


def test_split_packets_each_get_their_answer() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            for pno, cp in [(1, "DataTime=20160801080000;a21026-Avg=1"), (2, "a34013-Avg=2")]:
                qn = f"2016080108585753{pno}"
                await peer.send(framed(f"QN={qn};ST=32;CN=2061;PW=123456;MN={MN};Flag=7;PNUM=2;PNO={pno};CP=&&{cp}&&"))
                assert (await peer.frame()).qn == qn
            assert [d.times for d in h.sink.deliveries] == [[1470009600000000]] * 2
            await peer.close()

    asyncio.run(run())


def test_notifications_are_answered_and_the_clock_is_set() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload("PolId=w01018", "1013"))
            assert (await peer.frame()).header.cn == "9013"
            request = await peer.frame()
            assert request.header.cn == "1012"
            items = dict(item for group in request.groups() for item in group)
            assert items["PolId"] == "w01018"
            assert (
                abs(
                    datetime.strptime(items["SystemTime"] + "+0800", "%Y%m%d%H%M%S%z").timestamp()
                    - datetime.now(UTC).timestamp()
                )
                < 60
            )
            await peer.close()

    asyncio.run(run())


def test_start_up_and_log_frames_are_kept_and_answered() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload("DataTime=20160801085857;RestartTime=20160801085624", "2081"))
            await peer.send(upload("DataTime=20100301145000;PolId=w01018;i11001-Info=//清洗管路//", "3020"))
            assert [(await peer.frame()).header.cn for _ in range(2)] == ["9014", "9014"]
            assert [d.values for d in h.sink.deliveries] == [[], []]
            await peer.close()

    asyncio.run(run())


# ---- limits


def test_more_connections_than_allowed_are_turned_away() -> None:
    async def run() -> None:
        async with house(Settings(max_connections=2)) as h:
            kept = [await Peer.connect(h.port) for _ in range(2)]
            await h.until(lambda: len(h.server.snapshot().connections) == 2)
            extra = await Peer.connect(h.port)
            assert await extra.hung_up()
            assert h.server.snapshot().connections_refused == 1
            await kept[0].close()
            await h.until(lambda: len(h.server.snapshot().connections) == 1)
            again = await Peer.connect(h.port)
            await again.send(upload(GOOD))
            assert (await again.frame()).header.cn == "9014"
            for peer in (kept[1], extra, again):
                await peer.close()

    asyncio.run(run())


def test_idle_connections_are_closed() -> None:
    async def run() -> None:
        async with house(Settings(idle_timeout_s=0.05, sweep_s=0.02)) as h:
            peer = await Peer.connect(h.port)
            assert await peer.hung_up()
            await h.until(lambda: not h.server.snapshot().connections)
            await peer.close()

    asyncio.run(run())


def test_a_peer_that_sends_only_garbage_is_closed_and_the_list_does_not_overflow() -> None:
    async def run() -> None:
        async with house(Settings(max_bad_in_a_row=50, max_rejects_per_minute=10)) as h:
            peer = await Peer.connect(h.port)
            await peer.send((b"##0001" + b"x" * 20 + b"\r\n") * 200)
            assert await peer.hung_up()
            await h.until(lambda: not h.server.snapshot().connections)
            totals = h.server.snapshot().totals
            assert sum(totals.rejected.values()) >= 50
            await h.until(lambda: len(h.sink.rejected) >= 10)  # they are handed to the sink behind the line
            assert 10 <= len(h.sink.rejected) <= 20  # twenty when the minute changed meanwhile
            assert totals.rejects_not_kept >= 30
            await peer.close()

    asyncio.run(run())


def test_reading_pauses_while_the_store_is_slow() -> None:
    async def run() -> None:
        async with house(Settings(max_pending_frames=20)) as h:
            go = threading.Event()
            h.sink.before = lambda: go.wait(10) and None
            peer = await Peer.connect(h.port)
            head = f";ST=32;CN=2011;PW=123456;MN={MN};Flag=5;CP=&&DataTime=201608010"
            frames = [framed(f"QN=20160801085857{i % 1000:03d}{head}{i % 10}0000;a-Rtd={i}&&") for i in range(30_000)]
            sending = asyncio.create_task(peer.send(b"".join(frames)))
            await h.until(lambda: any(c.paused for c in h.server.snapshot().connections))
            before = h.server.snapshot().totals.bytes_in
            await asyncio.sleep(0.05)
            assert h.server.snapshot().totals.bytes_in == before
            assert before < len(b"".join(frames))
            go.set()
            await sending
            for _ in range(len(frames)):
                await peer.frame()
            assert sum(len(d.values) for d in h.sink.deliveries) == len(frames)
            await peer.close()

    asyncio.run(run())


def test_a_wrong_length_does_not_wait_for_the_next_frame() -> None:
    async def run() -> None:
        async with house(Settings(settle_s=0.05)) as h:
            peer = await Peer.connect(h.port)
            await peer.send(b"##0900" + upload(GOOD)[6:])
            await h.until(lambda: h.codes() == {"bad_length": 1})
            await peer.close()

    asyncio.run(run())


def test_the_snapshot_tells_who_is_there() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload(GOOD))
            await peer.frame()
            snapshot = h.server.snapshot()
            (one,) = snapshot.connections
            assert one.mns == (MN,)
            assert one.peer.startswith("127.0.0.1:")
            assert (one.counters.frames, one.counters.readings, one.counters.acknowledged) == (1, 2, 1)
            assert one.last_frame_us >= one.connected_us
            assert snapshot.address == f"127.0.0.1:{h.port}"
            await peer.close()
            await h.until(lambda: not h.server.snapshot().connections)
            assert h.server.snapshot().totals.readings == 2

    asyncio.run(run())


def test_several_stations_on_one_connection() -> None:
    async def run() -> None:
        async with house() as h:
            h.directory.add("STATION2", password="222222")
            peer = await Peer.connect(h.port)
            other = framed(upload(GOOD)[6:-6].replace(MN.encode(), b"STATION2").replace(b"PW=123456", b"PW=222222"))
            await peer.send(upload(GOOD) + other + framed(other[6:-6].replace(b"PW=222222", b"PW=123456")))
            assert [(await peer.frame()).header.mn for _ in range(2)] == [MN, "STATION2"]
            await h.until(lambda: h.codes() == {"bad_pw": 1})
            assert h.server.snapshot().connections[0].mns == (MN, "STATION2")
            assert h.server.online("STATION2")
            await peer.close()
            await h.until(lambda: not h.server.online("STATION2"))

    asyncio.run(run())


def test_commands_follow_a_station_to_its_new_connection() -> None:
    async def run() -> None:
        async with house() as h, station(h.port, st="32") as old, station(h.port, st="32") as new:
            await online(h, old)
            await online(h, new)
            await old.close()
            await h.until(lambda: len(h.server.snapshot().connections) == 1)
            assert (await h.server.send_command(MN, commands.get_realtime_interval())).ok
            assert (old.received, new.received) == ([], ["1061"])

    asyncio.run(run())


def test_a_changed_password_counts_from_the_next_frame() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload(GOOD))
            await peer.frame()
            h.directory.add(MN, password="999999")
            await peer.send(upload(GOOD.replace("11.4", "11.6")))
            await h.until(lambda: h.codes() == {"bad_pw": 1})
            assert len(h.sink.deliveries) == 1
            await peer.close()

    asyncio.run(run())


def test_the_snapshot_may_be_taken_from_any_thread() -> None:
    async def run() -> None:
        async with house(Settings(max_bad_in_a_row=10**9)) as h:
            stop = threading.Event()
            trouble: list[Exception] = []

            def watch() -> None:
                while not stop.is_set():
                    try:
                        h.server.snapshot()
                    except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                        trouble.append(error)
                        return

            watcher = threading.Thread(target=watch)
            watcher.start()
            for number in range(60):
                peer = await Peer.connect(h.port)
                body = upload(GOOD)[6:-6].replace(MN.encode(), f"NEW{number}".encode())
                await peer.send(framed(body) + b"junk" + upload(GOOD))
                await peer.frame()
                await peer.close()
            stop.set()
            watcher.join()
            assert not trouble

    asyncio.run(run())


# ---- commands


async def online(h: House, one: Station) -> None:
    await one.connect("127.0.0.1", h.port)
    await one.upload(series(1), "2061")
    assert h.server.online(MN)


def test_commands_to_a_station() -> None:
    async def run() -> None:
        async with house() as h, station(h.port, st="32") as one:
            one.history = {"2061": series(48), "2051": [], "2031": series(2)}
            await online(h, one)
            assert (await h.server.send_command(MN, commands.set_timeout(5, 3))).ok
            assert (await h.server.send_command(MN, commands.set_realtime_interval(60))).ok
            interval = await h.server.send_command(MN, commands.get_realtime_interval())
            assert interval.records[0].get("RtdInterval") == 60  # type: ignore[union-attr]
            assert (await h.server.send_command(MN, commands.set_minute_interval(5))).ok
            assert one.min_interval_min == 5
            clock = await h.server.send_command(MN, commands.set_time(datetime(2026, 1, 1, tzinfo=UTC)))
            assert clock.ok
            read_back = await h.server.send_command(MN, commands.get_time())
            assert str(read_back.records[0].get("SystemTime")).startswith("2026010108")  # type: ignore[union-attr]
            assert (await h.server.send_command(MN, commands.stop_realtime())).ok
            assert not one.realtime_on
            for command in (commands.calibrate("a21026"), commands.sample_now("a21026"), commands.clean("a21026")):
                assert (await h.server.send_command(MN, command)).ok
            history = await h.server.send_command(
                MN, commands.get_history("2061", AT + timedelta(hours=3), AT + timedelta(hours=12))
            )
            assert history.ok
            assert len(history.records) == 10  # both ends included
            await h.until(lambda: sum(bool(d.values) for d in h.sink.deliveries) == 11)  # stored like any upload
            empty = await h.server.send_command(MN, commands.get_history("2051", AT, AT))
            assert (empty.ok, empty.message) == (True, "没有数据")

    asyncio.run(run())


def test_a_refused_command_says_why() -> None:
    async def run() -> None:
        async with house() as h, station(h.port, st="32") as one:
            await online(h, one)
            one.password = "999999"
            result = await h.server.send_command(MN, commands.get_time())
            assert (result.state, result.qn_rtn) == (State.REFUSED, 3)
            assert "PW 错误" in result.message

    asyncio.run(run())


def test_a_silent_station_is_asked_four_times() -> None:
    async def run() -> None:
        async with house() as h, station(h.port, st="32") as one:
            await online(h, one)
            one.answers_commands = False
            result = await h.server.send_command(MN, commands.get_time(), timeout_s=0.05)
            assert (result.state, result.sent) == (State.NO_ANSWER, 4)
            await h.until(lambda: one.received == ["1011"] * 4)
            assert not h.server.exchanges

    asyncio.run(run())


def test_a_station_that_hangs_up_in_between_ends_the_command_at_once() -> None:
    async def run() -> None:
        async with house() as h, station(h.port, st="32") as one:
            await online(h, one)
            one.answers_commands = False
            waiting = asyncio.create_task(h.server.send_command(MN, commands.get_time()))
            await h.until(lambda: one.received == ["1011"])
            await one.close()
            async with asyncio.timeout(5):
                assert (await waiting).state is State.LINE_LOST

    asyncio.run(run())


def test_many_clock_requests_make_one_command() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            head = f";ST=32;CN=1013;PW=123456;MN={MN};Flag=5;CP=&&&&"
            await peer.send(b"".join(framed(f"QN=20160801085857{i:03d}{head}") for i in range(100)))
            got = [(await peer.frame()).header.cn for _ in range(101)]
            assert got.count("1012") == 1
            await peer.close()

    asyncio.run(run())


def test_a_clock_request_that_cannot_be_echoed_is_dropped_quietly() -> None:
    async def run() -> None:
        loud: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: loud.append(context))
        async with house() as h:
            peer = await Peer.connect(h.port)
            await peer.send(upload("PolId=w0101##8", "1013"))
            assert (await peer.frame()).header.cn == "9013"
            await h.until(lambda: not h.server._clocks)
            gc.collect()
            await peer.close()
        assert not loud

    asyncio.run(run())


def test_a_station_that_is_not_there() -> None:
    async def run() -> None:
        async with house() as h:
            with pytest.raises(DeviceOffline, match="不在线"):
                await h.server.send_command(MN, commands.get_time())

    asyncio.run(run())


@pytest.mark.parametrize("style", list(CipherStyle))
def test_an_encrypted_station_of_2025(style: CipherStyle) -> None:
    key = b"0123456789abcdef"

    async def run() -> None:
        async with (
            house(sm4_keys=(key,), edition=Edition.E2025, cipher_style=style) as h,
            station(h.port, st="32", edition=Edition.E2025, sm4_key=key, cipher_style=style) as one,
        ):
            one.history = {"2061": series(5)}
            await online(h, one)
            assert b"DataTime" not in h.sink.deliveries[0].raw
            assert h.sink.deliveries[0].values == [10.0, 12.0, 3.0]
            result = await h.server.send_command(MN, commands.get_history("2061", AT, AT + timedelta(hours=4)))
            assert len(result.records) == 5

    asyncio.run(run())


def test_foreign_check_values_only_on_purpose() -> None:
    async def run() -> None:
        async with house() as h, station(h.port, crc=CrcVariant.MODBUS_SWAPPED, resends=0, timeout_s=0.1) as one:
            await one.connect("127.0.0.1", h.port)
            await one.upload(series(1), "2061")
            assert one.result.given_up == 1
            assert "modbus-swapped" in h.sink.rejected[0].likely_cause
            h.directory.add(MN, crc=CrcVariant.MODBUS_SWAPPED)
            await one.upload(series(3), "2061")
            assert one.result.acknowledged == 3

    asyncio.run(run())


def test_old_stations_without_qn_and_flag() -> None:
    async def run() -> None:
        async with house() as h:
            peer = await Peer.connect(h.port)
            old = Message(
                "", "32", "2011", "123456", MN, ((("DataTime", "20160801085857"),), (("011-Rtd", "1"),)), Edition.E2005
            )
            await peer.send(encode(old))
            await h.until(lambda: len(h.sink.deliveries) == 1)
            await peer.close()

    asyncio.run(run())
