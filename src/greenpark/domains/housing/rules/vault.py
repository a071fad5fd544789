"""Personal data at rest: AES-256-GCM with a key id, and keyed hashes that find duplicates without showing anything.

The key (32 bytes) is handed in; where it comes from is the business of ``models.keys``. The purpose (such as
``member.identity``) is authenticated with the text, so that a sealed value cannot be moved into another column.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class CannotOpen(ValueError):
    """The value was sealed with another key, moved, or damaged."""


def key_id(key: bytes) -> str:
    """Eight hexadecimal digits that name a key without telling it."""
    return hashlib.sha256(b"gp-housing-key:" + key).hexdigest()[:8]


def _derived(key: bytes, use: bytes) -> bytes:
    return hmac.digest(key, b"gp-housing:" + use, "sha256")


def seal_bytes(key: bytes, data: bytes, purpose: str) -> bytes:
    """Nonce and ciphertext with tag."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(_derived(key, b"seal")).encrypt(nonce, data, purpose.encode())


def open_bytes(key: bytes, sealed: bytes, purpose: str) -> bytes:
    """Inverse of :func:`seal_bytes`. Raises CannotOpen."""
    try:
        return AESGCM(_derived(key, b"seal")).decrypt(sealed[:12], sealed[12:], purpose.encode())
    except (InvalidTag, ValueError) as fault:
        raise CannotOpen("无法解密：密钥不符或内容被改动；请核对 housing-key 文件") from fault


def seal(key: bytes, text: str, purpose: str) -> str:
    """``<key id>:<base64>``; blank stays blank."""
    if not text:
        return ""
    return f"{key_id(key)}:{base64.b64encode(seal_bytes(key, text.encode(), purpose)).decode()}"


def unseal(key: bytes, sealed: str, purpose: str) -> str:
    """Inverse of :func:`seal`. Raises CannotOpen, naming the key that is needed."""
    if not sealed:
        return ""
    name, _, body = sealed.partition(":")
    if name != key_id(key):
        raise CannotOpen(f"需要密钥 {name}，现用密钥为 {key_id(key)}；请恢复当时的 housing-key 文件")
    return open_bytes(key, base64.b64decode(body), purpose).decode()


def fingerprint(key: bytes, text: str, purpose: str) -> str:
    """HMAC-SHA-256 of a text for equality search [64 hexadecimal digits]."""
    return hmac.new(_derived(key, b"search"), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
