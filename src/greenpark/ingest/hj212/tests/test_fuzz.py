"""Random and mutated bytes into a running gateway: no crash, no leak, no stuck connection."""

from __future__ import annotations

import asyncio
import gc
import random
import tracemalloc
from contextlib import suppress

import pytest

from greenpark.ingest.hj212 import Settings
from greenpark.ingest.hj212.tests.harness import MN, House, Peer, house
from greenpark.protocols.hj212 import CipherStyle, Edition, Message, encode
from greenpark.protocols.hj212.decoder import LONGEST_SEGMENT, SEARCH
from greenpark.protocols.hj212.tests.building import framed, upload
from greenpark.protocols.hj212.tests.samples import SAMPLES

KEY = b"0" * 16
GOOD = upload("DataTime=20160801085857;a21026-Rtd=11.4,a21026-Flag=N")


def encrypted(style: CipherStyle) -> bytes:
    items = ((("DataTime", "20240520101010"),), (("a21026-Rtd", "11.4"), ("a21026-Flag", "N")))
    message = Message("20240520101010123", "32", "2011", "123456", MN, items, Edition.E2025, answer=True)
    return encode(message, key=KEY, style=style)


SEEDS = [
    *(data.replace(b"MN=010000A8900016F000169DC0", f"MN={MN}".encode()) + b"\r\n" for data, _ in SAMPLES.values()),
    GOOD,
    encrypted(CipherStyle.RAW),
    encrypted(CipherStyle.LITERAL),
    upload("PolId=w01018", "1013"),
    upload("", "9015"),
    upload("QnRtn=1", "9011"),
    upload("DataTime=20160801085857;i11001-Info=//a;b//", "3020"),
    upload("a-Avg=2", "2061", head="PNUM=9999;PNO=9998;").replace(b"Flag=5", b"Flag=7"),
]
TOKENS = [
    *(b"##", b"&&", b"##0000", b"##9999", b"CP=&&", b"QN=", b"PNUM=9;PNO=8;", b"Flag=9;", b"{0xE4,0x3E}"),
    *(b"\r\n", b"\0", b"//"),
]


def mutated(draw: random.Random) -> bytes:
    """A seed frame, changed in one of several ways; sometimes with its length and check value made right again."""
    data = bytearray(draw.choice(SEEDS))
    for _ in range(draw.randrange(4)):
        at = draw.randrange(len(data)) if data else 0
        match draw.randrange(5):
            case 0:
                data[at : at + 1] = bytes([draw.randrange(256)])
            case 1:
                del data[at : at + draw.randrange(1, 30)]
            case 2:
                data[at:at] = draw.choice(TOKENS)
            case 3:
                data[at:at] = draw.randbytes(draw.randrange(20))
            case _:
                data += data[: draw.randrange(len(data) + 1)]
    if draw.random() < 0.4 and len(data) > 12:
        return framed(bytes(data[6:-6])[:LONGEST_SEGMENT])
    return bytes(data)


async def attack(h: House, seed: int, messages: int) -> None:
    """One peer: mutated frames in odd chunks, then a good frame that must be answered, then hang up in some way."""
    draw = random.Random(seed)
    peer = await Peer.connect(h.port)
    stream = b"".join(
        draw.randbytes(draw.randrange(60)) if draw.random() < 0.2 else mutated(draw) for _ in range(messages)
    )
    at = 0
    while at < len(stream):
        step = draw.choice([1, 2, 7, 100, 1000, 5000])
        await peer.send(stream[at : at + step])
        at += step
        if draw.random() < 0.3:
            await asyncio.sleep(0)
    if draw.random() < 0.2:
        peer.writer.transport.abort()
        return
    # Enough to fill whatever length an unfinished frame announced; then the good ones must get through.
    await peer.send(b"\r\n" + b"\n" * (LONGEST_SEGMENT + SEARCH + 20) + GOOD)
    while (await peer.frame()).qn != "20160801085857223":
        pass
    await peer.close()


async def siege(peers: int, messages: int, seed: int) -> None:
    loud: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: loud.append(context))
    settings = Settings(max_bad_in_a_row=1_000_000, settle_s=0.02)
    async with house(settings, sm4_keys=(KEY,)) as h:
        before = asyncio.all_tasks()
        await asyncio.gather(*(attack(h, seed + i, messages) for i in range(peers)))
        await h.until(lambda: not h.server.snapshot().connections)
        await h.until(lambda: len(asyncio.all_tasks() - before) == 0)
        snapshot = h.server.snapshot()
        assert snapshot.connections_accepted == peers
        assert snapshot.totals.rejected
        assert not h.server.exchanges
        assert all(len(r.raw) <= 12_288 for r in h.sink.rejected)
        assert all(v == v and abs(v) != float("inf") for d in h.sink.deliveries for v in d.values)
        peer = await Peer.connect(h.port)
        await peer.send(GOOD)
        assert (await peer.frame()).header.cn == "9014"
        await peer.close()
    assert not loud, loud[:3]


def test_mutated_bytes_from_many_peers() -> None:
    asyncio.run(siege(peers=24, messages=60, seed=2026))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(0, 20_000, 1_000))
def test_mutated_bytes_for_longer(seed: int) -> None:
    asyncio.run(siege(peers=50, messages=400, seed=seed))


def test_memory_stays_bounded_under_endless_noise() -> None:
    """A megabyte of the nastiest cases through one connection."""

    async def run() -> None:
        settings = Settings(max_bad_in_a_row=10**9, max_rejects_per_minute=5)
        async with house(settings) as h:
            peer = await Peer.connect(h.port)
            noise = (b"##9999" * 200 + b"##0100" + b"x" * 500 + b"&&12" * 100 + bytes(range(256)) * 4) * 40
            for _ in range(3):
                await peer.send(noise)
            await h.until(lambda: h.server.snapshot().totals.bytes_in == 3 * len(noise), 60)
            gc.collect()
            tracemalloc.start()
            start = tracemalloc.get_traced_memory()[0]
            for _ in range(8):
                await peer.send(noise)
                await h.until(lambda: h.server.snapshot().connections[0].buffered_bytes <= LONGEST_SEGMENT + 2 * SEARCH)
            await h.until(lambda: h.server.snapshot().totals.bytes_in == 11 * len(noise), 60)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - start
            tracemalloc.stop()
            assert grown < 1_000_000, grown
            await peer.close()

    asyncio.run(run())


async def deaf_peer(h: House) -> tuple[asyncio.StreamWriter, asyncio.Task[None]]:
    """A peer that asks for answers without end and takes none; returns once the gateway has noticed."""
    _, writer = await asyncio.open_connection("127.0.0.1", h.port, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    beat = upload("", "9015") * 1000

    async def flood() -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(beat)
                await writer.drain()

    flooding = asyncio.create_task(flood())
    await h.until(lambda: any(c.paused for c in h.server.snapshot().connections), 30)
    return writer, flooding


async def let_go(writer: asyncio.StreamWriter, flooding: asyncio.Task[None]) -> None:
    writer.transport.abort()
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)


def test_a_peer_that_never_takes_its_answers_is_cut_off() -> None:
    async def run() -> None:
        settings = Settings(write_timeout_s=0.3, sweep_s=0.02, write_buffer=1024)
        async with house(settings) as h:
            deaf = await deaf_peer(h)
            await h.until(lambda: not h.server.snapshot().connections, 30)
            await let_go(*deaf)

    asyncio.run(run())


def test_stopping_does_not_wait_for_a_peer_that_takes_nothing() -> None:
    async def run() -> None:
        async with house(Settings(stop_s=0.05, write_buffer=1024)) as h:
            deaf = await deaf_peer(h)
            async with asyncio.timeout(10):
                await h.server.stop()
            assert not h.server.snapshot().connections
            await let_go(*deaf)

    asyncio.run(run())
