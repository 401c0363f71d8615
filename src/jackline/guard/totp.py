"""The second factor: time-based one-time passwords (RFC 6238 over RFC 4226, HMAC-SHA-1, 30 s, six digits).

The secret is in one file of mode 0600. A code is accepted once (RFC 6238 §5.2), one step early or late, and after
`MAX_FAILURES` wrong ones in a row none is accepted for `LOCK_SECONDS`. The file keeps the last step and the failures,
so that a restart forgets neither. In hooked mode a hostile process of the same user can read the secret: what a code
proves there is a person's hand on another device only as long as the account is not hostile.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
import struct
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.codec import decode, encode
from jackline.core.deferred import Deferred
from jackline.core.errors import ConfigurationError, JacklineError, UsageError, WireError
from jackline.guard.paths import private_directory

STEP_SECONDS: Final = 30
DIGITS: Final = 6
STRENGTH: Final = 2
"""The strength of an approval with a code."""

DRIFT_STEPS: Final = 1
SECRET_BYTES: Final = 20
MAX_FAILURES: Final = 5
LOCK_SECONDS: Final = 300
_quote: Final = Deferred("urllib.parse", "quote")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Enrolment(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the file holds. `secret` is base32; `last_step` the last step that was used; `failed_at` in seconds."""

    secret: str
    last_step: int = 0
    failures: int = 0
    failed_at: int = 0


class SecondFactorError(JacklineError):
    """A code that is wrong, used, or given too often."""


def code_at(secret: bytes, step: int) -> str:
    """The code of one time step (RFC 4226 §5.3)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def enrol(path: str, account: str) -> str:
    """Make a new secret; returns the `otpauth://` address for an authenticator. Raises `UsageError` where one exists."""
    private_directory(os.path.dirname(path))
    secret = base64.b32encode(os.urandom(SECRET_BYTES)).decode()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        message = f"a second factor is enrolled already; remove `{path}` by hand to enrol another one"
        raise UsageError(message) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(encode(Enrolment(secret)))
    return f"otpauth://totp/Jackline:{_quote(account)}?secret={secret}&issuer=Jackline&digits={DIGITS}&period={STEP_SECONDS}"


def is_enrolled(path: str) -> bool:
    """Whether a second factor can be asked for."""
    return os.path.exists(path)


def strongest(path: str) -> int:
    """The highest strength of approval that can be given here."""
    return STRENGTH if is_enrolled(path) else 1


def check_if_enrolled(path: str, code: str, now: int) -> None:
    """`check`, where a second factor is enrolled at all. Raises `UsageError` where it is, and no code was given."""
    if is_enrolled(path):
        if not code:
            message = "a second factor is enrolled, so this needs its code: add `--code 123456`"
            raise UsageError(message)
        check(path, code, now)


def check(path: str, code: str, now: int) -> None:
    """Accept `code` at `now` (seconds since the epoch), once.

    Raises `UsageError` where nothing is enrolled, `SecondFactorError` where the code is not accepted, and
    `ConfigurationError` where the file can be read by others.
    """
    enrolled = _load(path)
    if enrolled.failures >= MAX_FAILURES and now - enrolled.failed_at < LOCK_SECONDS:
        message = f"{MAX_FAILURES} wrong codes in a row: none is accepted for {LOCK_SECONDS // 60} minutes"
        raise SecondFactorError(message)
    step = _matching_step(enrolled, code.strip().replace(" ", ""), now // STEP_SECONDS)
    if step is None:
        _store(path, replace(enrolled, failures=enrolled.failures + 1, failed_at=now))
        message = "the code is wrong or was used before; wait for the next one"
        raise SecondFactorError(message)
    _store(path, replace(enrolled, last_step=step, failures=0))


def _matching_step(enrolled: Enrolment, code: str, current: int) -> int | None:
    secret = base64.b32decode(enrolled.secret)
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > enrolled.last_step:
            return step
    return None


def _load(path: str) -> Enrolment:
    try:
        with open(path, "rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_mode & _OTHERS:
                message = f"`{path}` can be read by others; run `chmod 600 {path}` and enrol a new secret"
                raise ConfigurationError(message)
            return decode(file.read(), Enrolment)
    except FileNotFoundError as error:
        message = "no second factor is enrolled; run `jackline enrol totp`"
        raise UsageError(message) from error
    except WireError as error:
        message = f"`{path}` is damaged; remove it and run `jackline enrol totp`"
        raise ConfigurationError(message) from error


def _store(path: str, enrolled: Enrolment) -> None:
    temporary = f"{path}.{os.urandom(4).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(encode(enrolled))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
