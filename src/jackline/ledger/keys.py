"""The key store: the one private key that signs next, and the key of the placeholders. Files of this account alone.

A private key lives for one epoch (see `checkpoint`). The store is written in two steps round the transaction that
records the checkpoint, so that a crash between any two of them leaves a key that continues the ledger:

1. `prepare`: the file holds this epoch's key and the next one's, and is on the disk;
2. (the checkpoint is committed, and is on the disk);
3. `settle`: the file holds the next one's only; the old one's bytes are overwritten before they are unlinked.

All three happen while the caller holds the ledger's write lock, so two processes never write the store at once.

What cannot be promised: that a copy-on-write or journalling file system, a solid-state disk or a backup keeps no older
copy, or that the interpreter's memory is wiped. Put the store where those are not the agent's to read.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from jackline.core.codec import decode, encode
from jackline.core.errors import LedgerError, WireError
from jackline.ledger.checkpoint import KEY_BYTES, public_key

if TYPE_CHECKING:
    from pathlib import Path

SIGNING_FILE: Final = "signing.json"
PLACEHOLDER_FILE: Final = "placeholder.key"
MAX_FILE: Final = 4096
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700
_TWO: Final = 2
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)


class _Held(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The signing file: the seeds of one epoch's key or, between `prepare` and `settle`, of two."""

    version: int
    epoch: int
    seeds: tuple[bytes, ...]


class KeyStore:
    """A directory with the keys of one ledger. All methods raise `LedgerError` where the files cannot be used."""

    __slots__ = ("directory",)

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def begin(self) -> bytes:
        """A new genesis key, in place of whatever was there; returns its public half."""
        self._make_directory()
        seed = secrets.token_bytes(KEY_BYTES)
        self._write(SIGNING_FILE, encode(_Held(1, 0, (seed,))))
        return public_key(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def hidden(self) -> bool:
        """Whether this account may not read the store, as in a managed installation: then nothing follows from it."""
        try:
            self.directory.stat()
            os.close(os.open(self._path(SIGNING_FILE), os.O_RDONLY | _NOFOLLOW))
        except PermissionError:
            return True
        except OSError:
            return False
        return False

    def epoch(self) -> int | None:
        """The epoch of the key that is held, None where there is none. Above 0, a ledger was signed with this store."""
        held = self._held()
        return None if held is None else held.epoch

    def signer(self, expected: bytes, epoch: int) -> Ed25519PrivateKey:
        """The key whose public half the ledger expects next. Destroys what a crash left of the epoch before it.

        Raises `LedgerError` where no held key is that one: the ledger or the store is an older copy, or not its own.
        """
        held = self._held()
        offset = None if held is None else _matching(held, expected)
        if held is None or offset is None:
            raise self._mismatch(held, epoch)
        seed = held.seeds[offset]
        if offset:
            self._write(SIGNING_FILE, encode(_Held(1, epoch, (seed,))))
        return Ed25519PrivateKey.from_private_bytes(seed)

    def check(self, expected: bytes, epoch: int, earlier: tuple[bytes, ...] = ()) -> None:
        """Whether a held key is the one that the ledger expects next; changes nothing. Raises `LedgerError` if not.

        `earlier` are the public keys that were held before the ledger was read: a checkpoint may have been made since.
        """
        if any(hmac.compare_digest(public, expected) for public in earlier):
            return
        held = self._held()
        if held is None or _matching(held, expected) is None:
            raise self._mismatch(held, epoch)

    def publics(self) -> tuple[bytes, ...]:
        """The public halves of what is held now; none where nothing can be read."""
        with contextlib.suppress(LedgerError):
            held = self._held()
            if held is not None:
                return tuple(public_key(Ed25519PrivateKey.from_private_bytes(seed)) for seed in held.seeds)
        return ()

    def prepare(self, private: Ed25519PrivateKey, epoch: int) -> Ed25519PrivateKey:
        """Step 1: make the next epoch's key and keep both; on the disk when this returns."""
        following = Ed25519PrivateKey.generate()
        seeds = (private.private_bytes_raw(), following.private_bytes_raw())
        self._write(SIGNING_FILE, encode(_Held(1, epoch, seeds)))
        return following

    def settle(self, epoch: int) -> None:
        """Step 3: keep only the key of `epoch`; the one before it is destroyed. Nothing if another process did so."""
        held = self._held()
        if held is not None and held.epoch == epoch - 1 and len(held.seeds) == _TWO:
            self._write(SIGNING_FILE, encode(_Held(1, epoch, held.seeds[1:])))

    def placeholder_key(self) -> bytes:
        """The key of the placeholders that stand for secrets; made when it is first asked for."""
        found = self._read(PLACEHOLDER_FILE)
        if found is None:
            self._make_directory()
            self._create_once(PLACEHOLDER_FILE, secrets.token_bytes(KEY_BYTES))
            found = self._read(PLACEHOLDER_FILE)
        if found is None or len(found) != KEY_BYTES:
            message = (
                f"`{self._path(PLACEHOLDER_FILE)}` is not a key of {KEY_BYTES} bytes; remove it, and a new one is made"
            )
            raise LedgerError(message)
        return found

    def _held(self) -> _Held | None:
        found = self._read(SIGNING_FILE)
        if found is None:
            return None
        try:
            held = decode(found, _Held)
        except WireError as error:
            message = f"the signing key `{self._path(SIGNING_FILE)}` cannot be read: {error}; {_WAY_OUT}"
            raise LedgerError(message) from error
        if held.version != 1 or not held.seeds or any(len(seed) != KEY_BYTES for seed in held.seeds):
            message = (
                f"the signing key `{self._path(SIGNING_FILE)}` has a form that this version does not know; {_WAY_OUT}"
            )
            raise LedgerError(message)
        return held

    def _mismatch(self, held: _Held | None, epoch: int) -> LedgerError:
        if held is None:
            return LedgerError(f"the ledger's signing key `{self._path(SIGNING_FILE)}` is missing; {_WAY_OUT}")
        return LedgerError(
            f"the signing key in `{self.directory}` (epoch {held.epoch}) does not continue the ledger, which expects "
            f"epoch {epoch}: one of them is an older copy, or was put in the other's place; {_WAY_OUT}"
        )

    def _path(self, name: str) -> Path:
        return self.directory / name

    def _make_directory(self) -> None:
        try:
            self.directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot("create", self.directory, error) from error

    def _read(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            descriptor = os.open(path, os.O_RDONLY | _NOFOLLOW | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cannot("read", path, error) from error
        with open(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                message = f"`{path}` is not a regular file; remove it"
                raise LedgerError(message)
            return file.read(MAX_FILE + 1)

    def _create_once(self, name: str, content: bytes) -> None:
        """Create a file that nobody else has created meanwhile: two processes agree on the one that came first."""
        temporary = self._write_temporary(name, content)
        try:
            with contextlib.suppress(FileExistsError):
                os.link(temporary, self._path(name))
            self._sync_directory()
        except OSError as error:
            raise _cannot("write", self._path(name), error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        """Replace a file as one; the bytes that it had are overwritten first where they can be reached."""
        path = self._path(name)
        temporary = self._write_temporary(name, content)
        try:
            old = _open_old(path)
            temporary.replace(path)
            self._sync_directory()
            if old is not None:
                _shred(old)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _cannot("write", path, error) from error

    def _write_temporary(self, name: str, content: bytes) -> Path:
        temporary = self._path(f".{name}.{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW
        try:
            descriptor = os.open(temporary, flags, _PRIVATE_FILE)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise _cannot("write", self._path(name), error) from error
        return temporary

    def _sync_directory(self) -> None:
        if os.name != "posix":
            return  # a directory cannot be opened there, and NTFS journals its names
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_WAY_OUT: Final = "run `jackline log verify`; to begin a new ledger, move the ledger and its keys aside together"


def _matching(held: _Held, expected: bytes) -> int | None:
    """Which of the held keys the ledger expects, None where none is."""
    for offset, seed in enumerate(held.seeds):
        public = public_key(Ed25519PrivateKey.from_private_bytes(seed))
        if hmac.compare_digest(public, expected):
            return offset
    return None


def _open_old(path: Path) -> int | None:
    """The file that is about to be replaced, held open so that its bytes can be overwritten afterwards."""
    try:
        return os.open(path, os.O_WRONLY | _NOFOLLOW)
    except FileNotFoundError:
        return None


def _shred(descriptor: int) -> None:
    """Overwrite an unlinked file and close it. Best effort: see the module's text."""
    try:
        size = os.fstat(descriptor).st_size
        os.write(descriptor, bytes(min(size, MAX_FILE)))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot(verb: str, path: Path, error: OSError) -> LedgerError:
    return LedgerError(f"cannot {verb} `{path}`: {error.strerror}; make it writable for this account")
