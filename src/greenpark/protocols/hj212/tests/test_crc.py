"""The check value against the listing of Appendix A, published values and the frames of samples.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.protocols.hj212.crc import crc, crc_text, modbus_crc, swapped
from greenpark.protocols.hj212.tests.samples import SAMPLES


def appendix_a(data: bytes) -> int:
    """The C listing of HJ 212-2017 Appendix A, line by line."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            check = register & 0x0001
            register >>= 1
            if check == 0x0001:
                register ^= 0xA001
    return register


def modbus_by_bits(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


@given(st.binary(max_size=1200))
def test_equals_the_listing_of_the_standard(data: bytes) -> None:
    assert crc(data) == appendix_a(data)


@given(st.binary(max_size=200))
def test_modbus_equals_its_definition(data: bytes) -> None:
    assert modbus_crc(data) == modbus_by_bits(data)


def test_published_values() -> None:
    assert crc_text(b"123456789") == "2F80"
    assert f"{modbus_crc(b'123456789'):04X}" == "4B37"
    assert crc_text(b"") == "FFFF"
    assert swapped(0x1C80) == 0x801C


@pytest.mark.parametrize("name", ["S1", "S2", "S3", "S4", "S5", "S7", "S8", "S9", "S10"])
def test_frames_from_the_standard_and_the_field(name: str) -> None:
    frame = SAMPLES[name][0]
    assert crc_text(frame[6:-4]) == frame[-4:].decode().upper()


@pytest.mark.parametrize(("name", "right"), [("S6", "3C00"), ("S11", "7340"), ("S12", "3240")])
def test_wrong_ones_have_the_value_others_computed(name: str, right: str) -> None:
    assert crc_text(SAMPLES[name][0][6:-4]) == right


@given(st.binary(min_size=1, max_size=300))
def test_only_eight_low_bytes_occur(data: bytes) -> None:
    assert crc(data) & 0xFF in {0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xC0, 0xC1}


@given(st.binary(min_size=1, max_size=300), st.data())
def test_every_single_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    change = draw.draw(st.integers(1, 255))
    assert crc(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]) != crc(data)


@given(st.binary(min_size=9, max_size=300), st.data())
def test_bytes_eight_apart_can_change_places_unnoticed(data: bytes, draw: st.DataObject) -> None:
    """Not a wish but a fact of the standard's algorithm, which the documentation warns of."""
    at = draw.draw(st.integers(0, len(data) - 9))
    if at == 0:
        return  # the first byte meets the start value
    changed = bytearray(data)
    changed[at], changed[at + 8] = changed[at + 8], changed[at]
    assert crc(bytes(changed)) == crc(data)
