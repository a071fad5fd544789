"""The key of the personal data: GREENPARK_HOUSING_KEY (64 hexadecimal digits) or the file var/housing-key."""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path

from django.conf import settings

from greenpark.domains.housing.rules import vault


class KeyUnusable(RuntimeError):
    """The key is not 64 hexadecimal digits."""


@cache
def _read(given: str, file: Path) -> bytes:
    if not given:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_hex(32))
        given = file.read_text(encoding="ascii").strip()
    try:
        key = bytes.fromhex(given)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyUnusable(f"{file} 或 GREENPARK_HOUSING_KEY 应为 64 位十六进制数")
    return key


def key() -> bytes:
    """The key of this installation, made on first use with mode 0600."""
    return _read(os.environ.get("GREENPARK_HOUSING_KEY", ""), Path(settings.VAR) / "housing-key")


def seal(text: str, purpose: str) -> str:
    return vault.seal(key(), text, purpose)


def unseal(sealed: str, purpose: str) -> str:
    return vault.unseal(key(), sealed, purpose)


def fingerprint(text: str, purpose: str) -> str:
    return vault.fingerprint(key(), text, purpose)


def document_path(sha256: str) -> Path:
    """Where the encrypted document lies."""
    return Path(settings.VAR) / "housing" / "documents" / sha256[:2] / sha256


def keep_document(sha256: str, content: bytes) -> None:
    """Write a document encrypted, once."""
    path = document_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_suffix(f".{secrets.token_hex(4)}")
        part.write_bytes(vault.seal_bytes(key(), content, "document"))
        part.replace(path)


def read_document(sha256: str) -> bytes:
    return vault.open_bytes(key(), document_path(sha256).read_bytes(), "document")
