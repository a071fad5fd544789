"""One gateway process with everything real: HJ 212 station, MQTT broker, Modbus server, store on disk, SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from greenpark.ingest.hj212 import Station, StationSettings, record_items
from greenpark.ingest.tests.brokers import Nats, free_port, publisher
from greenpark.ingest.tests.gateway_process import MN, keys
from greenpark.ingest.tests.test_modbus import server
from greenpark.store.opening import open_store

pytestmark = pytest.mark.broker


async def status_until(file: Path, holds: Any, seconds: float = 30) -> dict[str, Any]:
    for _ in range(int(seconds / 0.05)):
        if file.exists():
            status: dict[str, Any] = orjson.loads(file.read_bytes())
            if holds(status):
                return status
        await asyncio.sleep(0.05)
    raise AssertionError(file.read_text() if file.exists() else "no status")


def all_three(status: dict[str, Any]) -> bool:
    counts = (status["hj212"]["totals"]["readings"], status["mqtt"][0]["accepted"], status["modbus"][0]["accepted"])
    return all(counts)


def test_all_gateways_in_one_process(tmp_path: Path) -> None:
    broker = Nats(tmp_path)
    broker.start()
    modbus = free_port()
    status = tmp_path / "run" / "gateways.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "greenpark.ingest.tests.gateway_process", str(tmp_path), str(broker.port), str(modbus)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())

    async def run() -> None:
        async with server(modbus):
            station = Station(StationSettings(MN))
            await station.connect("127.0.0.1", port)
            await station.upload([(datetime.now(UTC), record_items({"a21026-Rtd": 11.4}))], "2011")
            device = publisher(broker.port)
            device.publish("plant/a", b'{"p": 12.5}', qos=1).wait_for_publish(10)
            seen = await status_until(status, all_three)
            assert seen["running"]
            assert seen["hj212"]["totals"]["frames"] == 1
            assert seen["mqtt"][0]["connected"]
            device.disconnect()
            device.loop_stop()
            await station.close()

    try:
        asyncio.run(run())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        broker.stop()
    assert orjson.loads(status.read_bytes())["running"] is False
    store = open_store(f"sqlite:///{tmp_path}/r.sqlite3", str(tmp_path / "history"))
    latest = store.latest(None)
    assert dict(zip(latest.points.tolist(), latest.values.tolist(), strict=True)) == {1: 11.4, 2: 12.5, 3: 4e9}
    assert len(keys(modbus)) == 3
    store.close()
