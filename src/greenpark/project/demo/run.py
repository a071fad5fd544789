"""``greenpark demo``: broker, gateways, web and worker under one supervisor, fed with real recordings.

The folder var/demo holds everything it writes; deleting it gives a fresh demo. A second start goes on where the first
one stopped: only what is missing is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import threading
import urllib.request
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from greenpark.kernel.periods import from_us, to_us
from greenpark.project import serving
from greenpark.project.demo.series import HOUR_US
from greenpark.project.supervisor import Child, ChildDidNotStart, Supervisor

TOKEN_DAYS = 300
INGEST_PERMISSION = "telemetry.report"


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> Callable[[], bool]:
    """Whether something listens on a loopback port."""

    def ask() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    return ask


@dataclass(slots=True)
class Demo:
    """One run of the demo below a folder."""

    var: Path
    packs: Path
    address: serving.Address
    say: Callable[[str], None]
    browser: bool = False
    """Open the role chooser in a browser once it is ready."""

    def show(self) -> None:
        """Open the browser, where there is somebody to look at it."""
        if self.browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(self.address.url)

    def prepare(self) -> Any:
        """Database, packs, fictitious enterprises, people. Idempotent."""
        from django.core.management import call_command

        from greenpark.project.demo import seed

        self.var.mkdir(parents=True, exist_ok=True)
        key = self.var / "secret-key"
        if not key.exists():
            key.write_text(secrets.token_urlsafe(50), encoding="utf-8")
            key.chmod(0o600)
        call_command("migrate", verbosity=0)
        now = datetime.now(UTC)
        return seed.seed(self.packs / "demo", self.packs / "regions", self.packs / "standards", now=now)

    def token(self, people: dict[str, int]) -> str:
        """A token for the devices that post by HTTP, made anew at each start."""
        from greenpark.domains.accounts import facade as accounts
        from greenpark.project.demo import seed

        operator = seed.actor(people["operator"])
        park = next(o for o in accounts.organisations() if o.code == "demo-park")
        now = datetime.now(UTC)
        made = accounts.create_token(
            name="演示设备",
            organisation_id=park.id,
            permissions=[INGEST_PERMISSION],
            expires_at=now + timedelta(days=TOKEN_DAYS),
            by=operator,
            at=now,
        )
        return str(made.secret)

    def broker(self, port: int) -> Child:
        """nats-server as MQTT 3.1.1 broker, from its package."""
        from greenpark.project.demo.broker import configuration, executable

        file = self.var / "broker.conf"
        file.write_text(configuration(port, free_port(), self.var / "broker"), encoding="utf-8")
        return Child("broker", [str(executable()), "-c", str(file)], ready=accepts(port), ready_within_s=30)

    def gateways(self, mqtt_port: int, hj212_port: int) -> Path:
        file = self.var / "gateways.toml"
        file.write_text(
            f'[hj212]\nhost = "127.0.0.1"\nport = {hj212_port}\n\n[[mqtt]]\nhost = "127.0.0.1"\nport = {mqtt_port}\n'
            'rules = [{ topic = "demo/+/meter", time = "t", values = ["v.*"] }]\n',
            encoding="utf-8",
        )
        return file

    def start(self, supervisor: Supervisor) -> Any:
        """Bring everything up. Returns the replay and the seeded registry."""
        from greenpark.project.demo.replay import Replay, Targets

        seeded = self.prepare()
        mqtt_port, hj212_port = free_port(), free_port()
        supervisor.start(self.broker(mqtt_port))
        serving.start_all(supervisor, self.address, self.gateways(mqtt_port, hj212_port))
        targets = Targets(
            ("127.0.0.1", hj212_port), ("127.0.0.1", mqtt_port), self.address.url, self.token(seeded.people)
        )
        return Replay(self.packs / "demo", targets), seeded

    def feed(self, replay: Any, seeded: Any, stopping: threading.Event) -> None:
        """Send the past that is missing, close the whole months, then send the present until told to stop."""
        from greenpark.project.demo import seed
        from greenpark.project.demo.replay import Span, now_us

        since, until = self._fed_until(to_us(seeded.start)), now_us()
        self.say(f"回放实测序列：{from_us(since):%Y-%m-%d} 起，经 HJ 212、MQTT、HTTP 网关 …")
        asyncio.run(replay.past(Span(since, until)))
        asyncio.run(replay.misbehave())
        self._remember(until)
        self._rolled_up(list(seeded.points.values()), stopping)
        months = seed.report_and_close(self.packs / "demo", seeded, now=datetime.now(UTC))
        self.say(f"已月结 {len(months)} 个月。" if months else "各月此前已月结。")
        self.say(f"就绪：{self.address.url}")
        self.show()
        asyncio.run(self._live(replay, until, stopping))

    def _rolled_up(self, points: list[int], stopping: threading.Event) -> None:
        """Wait until the rollups have caught up with what was acknowledged: months are closed from them."""
        from greenpark.domains.telemetry import facade as telemetry
        from greenpark.kernel.readings import Step

        while not stopping.wait(0.5):
            latest = telemetry.latest(points)
            behind = 0
            for point, newest in zip(latest.points.tolist(), latest.times.tolist(), strict=True):
                rows = telemetry.rollups(Step.HOUR, [point], newest - 2 * HOUR_US, newest + 1)
                behind += not len(rows)
            if not behind:
                return

    async def _live(self, replay: Any, since: int, stopping: threading.Event) -> None:
        sending = asyncio.create_task(replay.live(since))
        while not stopping.is_set():
            await asyncio.sleep(0.5)
            if sending.done():
                sending.result()
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending

    def _fed_until(self, start_us: int) -> int:
        """Where the last run stopped, an hour back to be sure; the same reading twice leaves one."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            kept = json.loads((self.var / "fed.json").read_text(encoding="utf-8"))
            return max(start_us, int(kept["until_us"]) - 3_600_000_000)
        return start_us

    def _remember(self, until_us: int) -> None:
        (self.var / "fed.json").write_text(json.dumps({"until_us": until_us}), encoding="utf-8")


def run(demo: Demo, *, check: bool) -> int:
    """Run until Ctrl-C; with ``check`` until the overview shows live figures. Returns the exit status."""
    supervisor = Supervisor(say=demo.say)
    supervisor.handle_signals()
    stopping = threading.Event()
    failures: list[BaseException] = []
    try:
        replay, seeded = demo.start(supervisor)
    except (ChildDidNotStart, OSError, subprocess.SubprocessError) as problem:
        demo.say(f"启动失败：{problem}\n若端口被占用，换一个：./start --port 8010")
        supervisor.stop_children()
        return 1

    def feed() -> None:
        try:
            demo.feed(replay, seeded, stopping)
        except BaseException as problem:  # noqa: BLE001 - told to the main thread, which stops the whole
            if supervisor.stopping:  # the gateways are going down under it
                return
            failures.append(problem)
            supervisor.stop()

    feeding = threading.Thread(target=feed, name="demo-feed", daemon=True)
    feeding.start()
    outcome = 0
    if check:
        outcome = _checked(demo, supervisor, failures)
        supervisor.stop()
    supervisor.watch()
    stopping.set()
    feeding.join(20)
    if failures:
        demo.say(f"演示数据回放中断：{failures[0]!r}")
        return 1
    return outcome


def _checked(demo: Demo, supervisor: Supervisor, failures: list[BaseException]) -> int:
    """Wait until the overview answers with live figures and eleven closed months."""
    deadline = datetime.now(UTC) + timedelta(minutes=5)
    waiting = threading.Event()
    answer: dict[str, Any] = {}
    while datetime.now(UTC) < deadline and not failures and not supervisor.stopping:
        with contextlib.suppress(OSError, ValueError):
            with urllib.request.urlopen(f"{demo.address.url}healthz", timeout=10) as response:
                answer = json.load(response)
            if answer.get("live") and answer.get("closed_months", 0) >= 11:
                demo.say(f"检查通过：{json.dumps(answer, ensure_ascii=False)}")
                return 0
        waiting.wait(0.5)
    demo.say(f"检查未通过：{json.dumps(answer, ensure_ascii=False)} {failures or ''}")
    return 1


def environment(var: Path, address: serving.Address) -> None:
    """Settings of the demo for this process and its children."""
    os.environ.update(
        {
            "GREENPARK_VAR": str(var),
            "GREENPARK_DEMO": "1",
            "GREENPARK_HOSTS": f"127.0.0.1,localhost,[::1],{address.host}",
            "DJANGO_SETTINGS_MODULE": "greenpark.project.settings",
        }
    )
