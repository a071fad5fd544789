"""A gateway process whose store never answers; it is killed. Usage: python -m … PORT VERSION COUNT."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence

from greenpark.ingest.batching import Submitter
from greenpark.ingest.mqtt.gateway import MqttConfig, MqttGateway, now_us
from greenpark.ingest.mqtt.mapping import Rule
from greenpark.ingest.sink import Delivery, Receipt, RejectedFrame


class Never:
    def accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        threading.Event().wait()
        raise AssertionError

    def reject(self, rejected: Sequence[RejectedFrame]) -> None:
        return None


async def main(port: int, version: int, count: int) -> None:
    submitter = Submitter(Never())
    await submitter.start()
    rules = (Rule("plant/+", time="t", values=("p",)),)
    gateway = MqttGateway(MqttConfig("127.0.0.1", port, version=version, rules=rules), submitter, now_us)
    await gateway.start()
    await gateway.connected.wait()
    print("connected", flush=True)
    while gateway.status.taken < count:
        await asyncio.sleep(0.01)
    print("taken", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*(int(argument) for argument in sys.argv[1:])))
