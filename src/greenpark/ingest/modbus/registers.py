"""What a binding says about a register, how neighbours are read together, and how words become a number.

The register part of a binding key is written ``table:address[:type[:order]]``, such as ``holding:100:float32:CDAB``;
addresses count from 0 as on the wire. The numbers of vendor papers, counted from 1 with the table's digit in front, are
understood too: ``40101:float32:CDAB`` is the same register.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Table(StrEnum):
    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


#: First digit of a vendor's register number -> table.
_PREFIX = {"0": Table.COIL, "1": Table.DISCRETE, "3": Table.INPUT, "4": Table.HOLDING}

#: Type -> struct code, big-endian.
_CODES = {
    "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float32": "f", "float64": "d",
}  # fmt: skip

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
#: Most registers and bits in one request (Modbus Application Protocol 1.1b3, 6.1 to 6.4).
MAX_REGISTERS, MAX_BITS = 125, 2000

_VENDOR = re.compile(r"([0134])(\d{4,5})")


class BadRegister(ValueError):
    """The register text of a binding cannot be understood; says how it is written."""


@dataclass(frozen=True, slots=True)
class Register:
    """One value of a device. ``size`` in registers (bits for coils and discrete inputs)."""

    text: str
    table: Table
    address: int
    type: str
    order: str

    @property
    def is_bit(self) -> bool:
        return self.table in (Table.COIL, Table.DISCRETE)

    @property
    def size(self) -> int:
        return 1 if self.is_bit else struct.calcsize(_CODES[self.type]) // 2

    @classmethod
    def parse(cls, text: str) -> Register:
        """From the text of a binding. Raises BadRegister."""
        head, *rest = text.strip().split(":")
        if vendor := _VENDOR.fullmatch(head):
            table, address = _PREFIX[vendor[1]], int(vendor[2]) - 1
        else:
            try:
                table, address = Table(head.lower()), int(rest.pop(0))
            except (ValueError, IndexError) as error:
                raise BadRegister(f"寄存器 {text!r} 应写作 holding:100:float32:CDAB 或 40101:float32:CDAB") from error
        kind = rest[0].lower() if rest else "uint16"
        order = rest[1].upper() if len(rest) > 1 else "ABCD"
        if kind not in _CODES:
            raise BadRegister(f"寄存器 {text!r} 的类型应为 {'、'.join(_CODES)} 之一，现为 {kind}")
        if order not in ORDERS or len(rest) > 2:
            raise BadRegister(f"寄存器 {text!r} 的字节序应为 {'、'.join(ORDERS)} 之一")
        register = cls(text, table, address, kind, order)
        if not 0 <= address <= 65_536 - register.size:
            raise BadRegister(f"寄存器 {text!r} 的地址超出 0—65535")
        return register


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours read with one request."""

    table: Table
    address: int
    count: int
    registers: tuple[Register, ...]


def group(registers: Iterable[Register], *, max_gap: int = 8, max_registers: int = MAX_REGISTERS) -> list[Block]:
    """As few requests as possible: neighbours with at most ``max_gap`` unused registers in between are read together.
    Every register is in exactly one block; no block exceeds ``max_registers`` (bits: 2000)."""
    blocks: list[Block] = []
    order = sorted(set(registers), key=lambda r: (r.table, r.address, r.size))
    for register in order:
        last = blocks[-1] if blocks else None
        if last is not None and last.table == register.table:
            count = max(last.count, register.address + register.size - last.address)
            near = register.address <= last.address + last.count + max_gap
            if near and count <= (MAX_BITS if register.is_bit else max_registers):
                blocks[-1] = Block(last.table, last.address, count, (*last.registers, register))
                continue
        blocks.append(Block(register.table, register.address, register.size, (register,)))
    return blocks


def decode(register: Register, words: Sequence[int]) -> float:
    """Words as read (``register.size`` of them, or one bit) -> number.

    ABCD is big-endian; CDAB swaps the words, BADC the bytes of each word, DCBA both. With four words the same holds:
    the order of words is reversed or not, the bytes within a word are swapped or not.
    """
    if register.is_bit:
        return float(bool(words[0]))
    chosen = list(words) if register.order in ("ABCD", "BADC") else list(reversed(words))
    raw = b"".join(word.to_bytes(2, "little" if register.order in ("BADC", "DCBA") else "big") for word in chosen)
    return float(struct.unpack(">" + _CODES[register.type], raw)[0])


def encode(register: Register, value: float) -> list[int]:
    """Inverse of :func:`decode`, for the simulator. Raises struct.error when the value does not fit."""
    if register.is_bit:
        return [int(bool(value))]
    code = _CODES[register.type]
    raw = struct.pack(">" + code, value if code in "fd" else int(value))
    swap = "little" if register.order in ("BADC", "DCBA") else "big"
    words = [int.from_bytes(raw[i : i + 2], swap) for i in range(0, len(raw), 2)]  # type: ignore[arg-type]
    return words if register.order in ("ABCD", "BADC") else words[::-1]
