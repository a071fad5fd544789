"""Passwords and SM4 keys of stations: sealed in the database, opened only to speak to a station.

Sealed with Fernet (AES-128-CBC and HMAC-SHA-256, ``cryptography``) under a key derived from settings.SECRET_KEY. A copy
of the database alone does not give them away; a copy of the database and of the secret key does.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK = "sealed:"


class CannotOpen(ValueError):
    """Sealed under another secret key."""


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"greenpark station secrets").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(text: str) -> str:
    """Text for the database; the empty text stays empty."""
    return _MARK + _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode() if text else ""


def unseal(text: str) -> str:
    """Back from :func:`seal`; texts that were never sealed come back as they are. Raises CannotOpen."""
    if not text.startswith(_MARK):
        return text
    try:
        return _fernet(settings.SECRET_KEY).decrypt(text[len(_MARK) :].encode()).decode()
    except InvalidToken:
        raise CannotOpen("现场机口令或密钥是用另一个系统密钥加密的，无法解开。请重新填写") from None
