"""The encrypted body of HJ 212-2025: SM4, ECB, no padding; full 16-byte blocks only, the rest stays plain."""

from __future__ import annotations

import re
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
_LITERAL = re.compile(rb"\{(0[xX][0-9A-Fa-f]{2}(?:,\s*0[xX][0-9A-Fa-f]{2})*)\}")
_BYTE = re.compile(rb"0[xX]([0-9A-Fa-f]{2})")


@lru_cache(maxsize=256)
def _cipher(key: bytes) -> Cipher[ECB]:
    return Cipher(SM4(key), ECB())


def encrypt(body: bytes, key: bytes) -> bytes:
    """Encrypt the text between ``CP=&&`` and ``&&``; same length. Vector: key 16 × 0x30, first block E43E159A…"""
    whole = len(body) - len(body) % BLOCK
    return _cipher(key).encryptor().update(body[:whole]) + body[whole:]


def decrypt(body: bytes, key: bytes) -> bytes:
    """Inverse of :func:`encrypt`."""
    whole = len(body) - len(body) % BLOCK
    return _cipher(key).decryptor().update(body[:whole]) + body[whole:]


def to_literal(body: bytes) -> bytes:
    """Cipher bytes as the text ``{0xE4,0x3E,…}``; the plain rest follows unchanged."""
    whole = len(body) - len(body) % BLOCK
    if not whole:
        return body
    return b"{" + ",".join(f"0x{byte:02X}" for byte in body[:whole]).encode() + b"}" + body[whole:]


def from_literal(body: bytes) -> bytes | None:
    """Cipher bytes of a body written as text, one or several groups in braces; None when it is not written so."""
    at, parts = 0, []
    while match := _LITERAL.match(body, at):
        parts.append(bytes.fromhex(b"".join(_BYTE.findall(match[1])).decode()))
        at = match.end()
    if not parts:
        return None
    cipher = b"".join(parts)
    return None if len(cipher) % BLOCK else cipher + body[at:]


def looks_plain(body: bytes) -> bool:
    """Whether a body is text: no control characters and valid UTF-8. Sixteen cipher bytes pass once in 10 million."""
    if body.isascii():
        return not body.translate(None, _PRINTABLE)
    if body.translate(None, _CONTROL) != body:
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_CONTROL = bytes(range(0x20)) + b"\x7f"
_PRINTABLE = bytes(range(0x20, 0x7F))
