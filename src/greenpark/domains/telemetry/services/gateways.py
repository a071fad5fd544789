"""What a gateway process needs from the web's side: sink, directory, stations."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime

from django.db import close_old_connections, transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.selectors import stations
from greenpark.domains.telemetry.selectors.store_access import Access, RegistryDirectory, access
from greenpark.domains.telemetry.services.orders import OrderBox
from greenpark.domains.telemetry.services.secrets import CannotOpen, seal, unseal
from greenpark.ingest.runtime import SinkParts, now_us
from greenpark.protocols.hj212 import CrcVariant, DeviceProfile, Edition, key_from_text

log = logging.getLogger(__name__)


class NotAStation(ValueError):
    """Settings that cannot be; says which and why."""


@dataclass(eq=False)
class RegisteredStations:
    """HJ 212 stations: every MN that a point is bound to, with the settings people gave it. Answers from memory."""

    directory: RegistryDirectory
    _profiles: dict[str, DeviceProfile] = field(default_factory=dict)
    _settings: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def profile(self, mn: str) -> DeviceProfile | None:
        return self._profiles.get(mn)

    def refresh(self) -> None:
        """Read bindings and settings again; unchanged profiles stay the same objects. About once a second."""
        close_old_connections()
        names = {key[1] for key in self.directory.current().by_key if key[0] == "hj212"}
        rows = {row.mn: row for row in models.Station.objects.filter(mn__in=names)} if names else {}
        fresh: dict[str, DeviceProfile] = {}
        settings: dict[str, tuple[object, ...]] = {}
        for mn in names:
            settings[mn] = _settings_of(rows.get(mn))
            same = self._profiles.get(mn) if self._settings.get(mn) == settings[mn] else None
            fresh[mn] = same or _profile(mn, rows.get(mn))
        with self._lock:
            self._profiles, self._settings = fresh, settings


def _settings_of(row: models.Station | None) -> tuple[object, ...]:
    return () if row is None else (row.crc, row.edition, row.password, tuple(row.sm4_keys))


def _profile(mn: str, row: models.Station | None) -> DeviceProfile:
    if row is None:
        return DeviceProfile(mn)
    try:
        password, keys = unseal(row.password), tuple(key_from_text(unseal(text)) for text in row.sm4_keys)
    except CannotOpen as error:
        # Without its password the station would be taken for a forger or, worse, anybody for it: a password nobody can
        # send keeps it out until somebody enters it again.
        log.error("hj212 %s: %s", mn, error)
        password, keys = "\0", ()
    return DeviceProfile(
        mn,
        edition=Edition(row.edition) if row.edition else None,
        password=password or None,
        crc=CrcVariant(row.crc),
        sm4_keys=keys,
    )


def gateway_parts(found: Access | None = None) -> SinkParts:
    """For ``ingest.runtime.run_gateways``: call it in the gateway process, after Django is set up."""
    used = found or access()
    known = RegisteredStations(used.directory)
    used.keeper.recover()
    known.refresh()

    def every_second() -> None:
        known.refresh()
        used.keeper.flush()

    def close() -> None:
        used.keeper.flush()
        if found is None:
            from greenpark.domains.telemetry.selectors.store_access import close_access

            close_access()

    return SinkParts(used.pipeline, used.directory, known, every_second, close, OrderBox(now_us))


#: SM4 keys kept for a station: the newest encrypts, older ones still decrypt while the key is being changed.
KEYS_KEPT = 3


@dataclass(frozen=True, slots=True)
class StationChange:
    """Settings of a station as a form gives them. Secrets are written, never read back: blank leaves them."""

    mn: str
    crc: str = CrcVariant.STANDARD
    edition: str = ""
    note: str = ""
    password: str = ""
    forget_password: bool = False
    sm4_key: str = ""
    """16 characters or 32 hexadecimal digits; put before the keys that are set."""
    forget_keys: bool = False


def save_station(change: StationChange, *, by: Actor, at: datetime) -> None:
    """Change the settings of a station. The running gateway takes them within seconds.

    Raises NotAStation, and OutOfScope when points of other organisations are bound to the station (or none is, and the
    actor does not see everything)."""
    mn = change.mn
    if not 1 <= len(mn) <= 27 or not mn.isascii():
        raise NotAStation(f"MN 应为 1—27 个 ASCII 字符，现为 {mn!r}")
    if not by.scope.everything:
        stations.station(by, mn)
    try:
        CrcVariant(change.crc)
        if change.edition:
            Edition(change.edition)
    except ValueError as error:
        raise NotAStation(f"校验方式或版本无法识别：{error}") from error
    if change.sm4_key:
        try:
            key_from_text(change.sm4_key)
        except ValueError as error:
            raise NotAStation(str(error)) from error
    with transaction.atomic():
        row = models.Station.objects.select_for_update().filter(mn=mn).first() or models.Station(mn=mn)
        if change.password or change.forget_password:
            row.password = seal(change.password)
        keys = [] if change.forget_keys else list(row.sm4_keys)
        row.sm4_keys = [seal(change.sm4_key), *keys][:KEYS_KEPT] if change.sm4_key else keys
        row.crc, row.edition, row.note = change.crc, change.edition, change.note[:300]
        row.changed_by, row.changed_at = by.name, at
        row.save()
        accounts.record(
            action="telemetry.station.changed", subject=f"station:{mn}", by=by, at=at,
            detail={"crc": row.crc, "edition": row.edition, "note": row.note, "password_set": bool(row.password),
                    "password_changed": bool(change.password or change.forget_password),
                    "sm4_keys": len(row.sm4_keys), "sm4_changed": bool(change.sm4_key or change.forget_keys)},
        )  # fmt: skip


def settings_of(mn: str) -> StationChange:
    """Settings of a station without secrets, to begin a form with."""
    row = models.Station.objects.filter(mn=mn).first()
    return StationChange(mn, row.crc, row.edition, row.note) if row else StationChange(mn)
