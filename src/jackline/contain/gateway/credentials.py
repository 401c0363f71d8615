"""Credentials that the agent never has: it holds a placeholder, and the secret takes its place on the way to its own host.

Only in the fields of a request and its query, never in a body, and only where the host is exactly the credential's and the
way there is TLS. A placeholder on its way elsewhere is refused and told: an honest program has no reason for that.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from jackline.core.errors import JacklineError

if TYPE_CHECKING:
    from jackline.contain.gateway.heads import Fields
    from jackline.contain.gateway.messages import Credential

_BASIC: Final = b"basic "


class MisplacedError(JacklineError):
    """A placeholder that goes where its secret must not."""


class Vault:
    """The credentials of a session."""

    def __init__(self) -> None:
        self._all: tuple[Credential, ...] = ()

    def fill(self, credentials: tuple[Credential, ...]) -> None:
        """These, and no others."""
        self._all = credentials

    def put_in(self, host: str, target: bytes, fields: Fields, *, secure: bool) -> tuple[bytes, Fields]:
        """A request's target and fields with the secrets in them. Raises `MisplacedError`."""
        if not self._all:
            return target, fields
        filled = [(name, self._value(host, value, secure=secure)) for name, value in fields]
        return self._text(host, target, secure=secure), filled

    def _value(self, host: str, value: bytes, *, secure: bool) -> bytes:
        if value[: len(_BASIC)].lower() != _BASIC:
            return self._text(host, value, secure=secure)
        try:
            plain = base64.b64decode(value[len(_BASIC) :].strip(), validate=True)
        except (binascii.Error, ValueError):
            return value
        filled = self._text(host, plain, secure=secure)
        return value if filled == plain else b"Basic " + base64.b64encode(filled)

    def _text(self, host: str, text: bytes, *, secure: bool) -> bytes:
        for credential in self._all:
            placeholder = credential.placeholder.encode()
            if placeholder not in text:
                continue
            if host != credential.host:
                message = (
                    f"the credential `{credential.placeholder}` belongs to `{credential.host}` and goes nowhere else"
                )
                raise MisplacedError(message)
            if not secure:
                message = f"the credential `{credential.placeholder}` is put in on connections with TLS only"
                raise MisplacedError(message)
            text = text.replace(placeholder, credential.secret.encode())
        return text
