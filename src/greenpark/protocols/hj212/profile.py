"""What the centre knows of a station before it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from greenpark.kernel.periods import PARK_ZONE
from greenpark.protocols.hj212.codes import Edition


class CrcVariant(StrEnum):
    """Check values a station may send. Only ``STANDARD`` is HJ 212; the others are taken when the profile says so."""

    STANDARD = "standard"
    STANDARD_SWAPPED = "standard-swapped"
    MODBUS = "modbus"
    MODBUS_SWAPPED = "modbus-swapped"


class CipherStyle(StrEnum):
    """How an encrypted body stands on the wire (HJ 212-2025)."""

    RAW = "raw"  # cipher bytes
    LITERAL = "literal"  # the text {0xE4,0x3E,…}, sent by some implementers


@dataclass(frozen=True, eq=False)
class DeviceProfile:
    """Settings of one station (现场机). Compared by identity: a changed profile is a new object.

    mn            device id as sent
    edition       None: go by the Flag of each frame (Flag 8 to 11 is 2025, but a surface-water specification of
                  2017–2020 used it too, so set the edition where it is known)
    password      PW; None accepts any
    system_codes  accepted ST of its uploads; empty accepts any
    crc           also accept this check value from the station
    sm4_keys      16-byte keys, newest first; older ones still decrypt while a key change is under way
    units         unit by item name ("a34004-Avg") or factor ("a34004"), for stations that differ from the point's
                  unit; handed on with each value
    zone          zone of DataTime and SystemTime
    sets_clock    answer a time calibration request (CN 1013) with the centre's time (CN 1012)
    """

    mn: str
    edition: Edition | None = None
    password: str | None = None
    system_codes: frozenset[str] = frozenset()
    crc: CrcVariant = CrcVariant.STANDARD
    sm4_keys: tuple[bytes, ...] = ()
    cipher_style: CipherStyle = CipherStyle.RAW
    units: Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo = PARK_ZONE
    sets_clock: bool = True

    def __post_init__(self) -> None:
        for key in self.sm4_keys:
            if len(key) != 16:
                raise ValueError(f"SM4 密钥应为 16 字节，现为 {len(key)} 字节（MN {self.mn}）")

    def unit_of(self, item: str) -> str | None:
        """The unit this station uses for an item, when the profile names one."""
        return self.units.get(item) or self.units.get(item.partition("-")[0])


def key_from_text(text: str) -> bytes:
    """An SM4 key from 16 characters or 32 hexadecimal digits. Raises ValueError."""
    if len(text) == 32:
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise ValueError("SM4 密钥写作 32 位时应全为十六进制数字") from None
    key = text.encode("utf-8")
    if len(key) != 16:
        raise ValueError("SM4 密钥应为 16 个字符或 32 位十六进制数字")
    return key
