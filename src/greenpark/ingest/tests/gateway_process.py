"""A gateway process as ``project`` runs it, with a fixed directory. Usage: python -m … FOLDER MQTT_PORT MODBUS_PORT."""

from __future__ import annotations

import sys
from pathlib import Path

from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.modbus.poller import ModbusConfig
from greenpark.ingest.mqtt.gateway import MqttConfig
from greenpark.ingest.mqtt.mapping import Rule
from greenpark.ingest.pipeline import Pipeline
from greenpark.ingest.runtime import GatewayConfig, Hj212Config, SinkParts, now_us, run_gateways
from greenpark.kernel.points import BindingKey, PointKind, PointSpec
from greenpark.protocols.hj212 import DeviceProfile
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store

MN = "0123456789ABCDEF01234567"


def keys(modbus_port: int) -> list[BindingKey]:
    return [
        ("hj212", MN, "2011", "a21026-Rtd"),
        ("mqtt", "plant/a", "p"),
        ("modbus", f"127.0.0.1:{modbus_port}", "1", "holding:4:uint32"),
    ]


class Stations:
    def __init__(self) -> None:
        self.known = DeviceProfile(MN)

    def profile(self, mn: str) -> DeviceProfile | None:
        return self.known if mn == MN else None


def main(folder: Path, mqtt_port: int, modbus_port: int) -> None:
    def parts() -> SinkParts:
        store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
        pairs = {key: PointSpec(i, PointKind.RATE, "kW", 60) for i, key in enumerate(keys(modbus_port), 1)}
        by_id = {spec.id: spec for spec in pairs.values()}
        keeper = RollupKeeper(store, lambda ids: [by_id[int(i)] for i in ids])
        directory = FixedDirectory.of(pairs)
        pipeline = Pipeline(store, directory, keeper, now_us)
        return SinkParts(pipeline, directory, Stations(), keeper.tick, store.close)

    config = GatewayConfig(
        folder / "run" / "gateways.json",
        Hj212Config(),
        (MqttConfig("127.0.0.1", mqtt_port, rules=(Rule("plant/+", values=("p",)),)),),
        (ModbusConfig("127.0.0.1", modbus_port, interval_s=0.2, timeout_s=1),),
        status_every_s=0.1,
    )
    run_gateways(config, parts, started=lambda gateways: print(gateways.hj212_port, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
