"""The check value of HJ 212 (HJ 212-2017 Appendix A), and the foreign ones that field devices send instead.

Appendix A calls its algorithm "ANSI CRC16", but each step XORs the byte with the *high* byte of the register moved down
and throws the old low byte away. So only eight bits travel from one byte to the next: ``h' = A(h ^ b)``, where ``A`` is
a linear map on eight bits. ``A`` repeats after eight steps (``A**8`` is the identity), hence bytes eight places apart
enter the result in the same way, and the whole data segment can be folded by XOR into its last eight bytes first.
That is what :func:`crc` does: a few operations on one long integer instead of a loop over every byte.

The same fact is the weakness of this check value: it takes 256 values, not 65536, and does not notice two bytes
exchanged at a distance of eight. A matching check value proves little by itself; framing and contents are checked too.
"""

from __future__ import annotations

from functools import cache
from typing import Final

POLYNOMIAL: Final = 0xA001


def _step(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ POLYNOMIAL if register & 1 else register >> 1
    return register


#: Eight shifts applied to each byte: the usual table of the reflected polynomial.
TABLE: Final[tuple[int, ...]] = tuple(_step(x) for x in range(256))
_HIGH: Final = bytes(value >> 8 for value in TABLE)
_WORD: Final = (1 << 64) - 1
_ONES: Final = 0xFF


@cache
def _masks(words: int) -> tuple[tuple[int, int], ...]:
    """Shifts and masks that fold a number of 64-bit words into one."""
    steps = []
    while words > 1:
        words = (words + 1) // 2
        steps.append((words * 64, (1 << (words * 64)) - 1))
    return tuple(steps)


def crc(data: bytes) -> int:
    """Check value over the data segment, 0 to 65535 (HJ 212-2017 Appendix A; unchanged in 2005 and 2025).

    >>> f"{crc(b'123456789'):04X}"
    '2F80'
    """
    n = len(data)
    if n == 0:
        return 0xFFFF
    # The start value 0xFFFF only meets the first byte; leading zeros meet a register of 0 and change nothing.
    folded = int.from_bytes(data, "big") ^ (_ONES << (8 * (n - 1)))
    for shift, mask in _masks((n + 7) >> 3):
        folded = (folded >> shift) ^ (folded & mask)
    a, b, c, d, e, f, g, h = folded.to_bytes(8, "big")
    high = _HIGH
    return TABLE[high[high[high[high[high[high[high[a] ^ b] ^ c] ^ d] ^ e] ^ f] ^ g] ^ h]


def crc_text(data: bytes) -> str:
    """Four upper-case hexadecimal digits, high byte first, as on the wire."""
    return f"{crc(data):04X}"


def modbus_crc(data: bytes) -> int:
    """CRC-16/MODBUS, which many devices send by mistake.

    >>> f"{modbus_crc(b'123456789'):04X}"
    '4B37'
    """
    register = 0xFFFF
    table = TABLE
    for byte in data:
        register = (register >> 8) ^ table[(register ^ byte) & 0xFF]
    return register


def swapped(value: int) -> int:
    """The two bytes of a check value exchanged."""
    return (value >> 8) | ((value & 0xFF) << 8)
