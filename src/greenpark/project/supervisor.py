"""One supervisor over the processes of one machine: start in order, restart what dies, stop in reverse order.

Knows nothing of what its children do. A child that dies again and again is restarted ever more slowly; one that cannot
start at all stops the whole, because half a platform that looks alive is worse than one that is down.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

#: A child that lived this long has started well; its restart delay begins anew [s].
SETTLED_S = 30.0
#: Restart delays [s].
DELAYS_S = (0.5, 1, 2, 5, 10, 30)
#: How long a child may take to stop before it is killed [s].
PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    """Polled after the start; the next child starts when it answers True."""
    ready_within_s: float = 60.0


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    since: float
    failures: int = 0
    restart_at: float | None = None


class ChildDidNotStart(RuntimeError):
    """A process ended or stayed unready while it was being started."""


@dataclass(slots=True)
class Supervisor:
    """Runs children until :meth:`stop` is called or a signal arrives."""

    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    _running: list[_Running] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self, child: Child) -> None:
        """Start one child and wait until it is ready. Raises ChildDidNotStart."""
        running = _Running(child, self._spawn(child), time.monotonic())
        self._running.append(running)
        deadline = time.monotonic() + child.ready_within_s
        while not child.ready():
            if running.process.poll() is not None:
                raise ChildDidNotStart(f"{child.name} 启动失败（退出码 {running.process.returncode}）")
            if time.monotonic() > deadline:
                raise ChildDidNotStart(f"{child.name} 在 {child.ready_within_s:.0f} 秒内未就绪")
            if self._stopping.wait(0.05):
                return

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which then stops children in order.
        return subprocess.Popen(list(child.command), env=self.environment, start_new_session=True)

    def watch(self) -> None:
        """Restart what dies, until asked to stop; then stop everything."""
        while not self._stopping.wait(0.2):
            for running in self._running:
                self._look_after(running, time.monotonic())
        self.stop_children()

    def _look_after(self, running: _Running, now: float) -> None:
        if running.process.poll() is None:
            return
        if running.restart_at is None:
            if now - running.since > SETTLED_S:
                running.failures = 0
            delay = DELAYS_S[min(running.failures, len(DELAYS_S) - 1)]
            running.failures += 1
            running.restart_at = now + delay
            self.say(f"{running.child.name} 已退出（{running.process.returncode}），{delay:g} 秒后重启")
        elif now >= running.restart_at:
            running.process = self._spawn(running.child)
            running.since, running.restart_at = now, None

    def stop(self, signum: int | None = None, frame: FrameType | None = None) -> None:
        """Ask :meth:`watch` to end; usable as a signal handler."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def handle_signals(self) -> None:
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGTERM, self.stop)

    def stop_children(self) -> None:
        """Terminate in reverse order of starting; kill what does not end in time."""
        for running in reversed(self._running):
            if running.process.poll() is None:
                running.process.terminate()
                try:
                    running.process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    running.process.kill()
                    running.process.wait()
        self._running.clear()
