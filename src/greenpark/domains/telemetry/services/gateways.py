"""What a gateway process needs from the web's side: sink, directory, stations."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from django.db import close_old_connections, transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.selectors.store_access import Access, RegistryDirectory, access
from greenpark.ingest.runtime import SinkParts
from greenpark.protocols.hj212 import CrcVariant, DeviceProfile, Edition, key_from_text


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
    return DeviceProfile(
        mn,
        edition=Edition(row.edition) if row.edition else None,
        password=row.password or None,
        crc=CrcVariant(row.crc),
        sm4_keys=tuple(key_from_text(text) for text in row.sm4_keys),
    )


def gateway_parts(found: Access | None = None) -> SinkParts:
    """For ``ingest.runtime.run_gateways``: call it in the gateway process, after Django is set up."""
    used = found or access()
    stations = RegisteredStations(used.directory)
    used.keeper.recover()
    stations.refresh()

    def every_second() -> None:
        stations.refresh()
        used.keeper.flush()

    def close() -> None:
        used.keeper.flush()
        if found is None:
            from greenpark.domains.telemetry.selectors.store_access import close_access

            close_access()

    return SinkParts(used.pipeline, used.directory, stations, every_second, close)


def save_station(*, mn: str, crc: str, edition: str, password: str, note: str, by: Actor, at: datetime) -> None:
    """Change the settings of a station. Raises NotAStation. The running gateway takes them within seconds."""
    if not 1 <= len(mn) <= 27 or not mn.isascii():
        raise NotAStation(f"MN 应为 1—27 个 ASCII 字符，现为 {mn!r}")
    try:
        CrcVariant(crc)
        if edition:
            Edition(edition)
    except ValueError as error:
        raise NotAStation(f"校验方式或版本无法识别：{error}") from error
    with transaction.atomic():
        models.Station.objects.update_or_create(
            mn=mn,
            defaults={
                "crc": crc, "edition": edition, "password": password, "note": note[:300], "changed_by": by.name,
                "changed_at": at,
            },
        )  # fmt: skip
        accounts.record(
            action="telemetry.station.changed", subject=f"station:{mn}", by=by, at=at,
            detail={"crc": crc, "edition": edition, "password_set": bool(password), "note": note[:300]},
        )  # fmt: skip


def stations() -> list[dict[str, object]]:
    """Settings that differ from the standard's, without secrets."""
    return [
        {"mn": row.mn, "crc": row.crc, "edition": row.edition, "note": row.note, "has_password": bool(row.password),
         "changed_by": row.changed_by, "changed_at": row.changed_at}
        for row in models.Station.objects.all()
    ]  # fmt: skip
