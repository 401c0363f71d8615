"""Accounts of this machine: the guard's own, and in a managed guard those whose clients it serves."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Assurance

try:
    import pwd
except ImportError:  # Windows: one account, and no resident guard
    pwd = None  # type: ignore[assignment]

ROOT: Final = 0


class Account(NamedTuple):
    """An account."""

    uid: int
    name: str
    home: str


def own_uid() -> int:
    """The account that this process runs as (0 where the system has no numbers)."""
    return os.getuid() if hasattr(os, "getuid") else ROOT


@lru_cache(maxsize=64)
def account_of(uid: int) -> Account:
    """An account by its number. The own one's home is what HOME says, as its programs have it."""
    if uid == own_uid():
        home = os.path.expanduser("~")
        return Account(uid, _name(uid), home)
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return Account(uid, str(uid), "/nonexistent")
    return Account(uid, found.pw_name, found.pw_dir)


def uids_of(names: Iterable[str]) -> frozenset[int]:
    """The numbers of accounts. Raises `ConfigurationError` for a name that is not on this machine."""
    found = set()
    for name in names:
        try:
            found.add(pwd.getpwnam(name).pw_uid)
        except (KeyError, AttributeError) as error:
            message = f"`users` names `{name}`, which is no account on this machine"
            raise ConfigurationError(message) from error
    return frozenset(found)


def assurance_over(uid: int) -> Assurance:
    """How far this guard is out of that account's reach."""
    return "hooked" if uid in {own_uid(), ROOT} else "managed"


def may_administer(uid: int) -> bool:
    """Whether an account may change what the guard enforces: its own, and root."""
    return uid in {own_uid(), ROOT}


def session_of(uid: int, session: str) -> str:
    """A session's name in this guard: a managed guard keeps those of different accounts apart, whatever they claim."""
    return session if uid == own_uid() else f"{uid}:{session}"


def owns(uid: int, session: str) -> bool:
    """Whether a session is an account's to look at and to answer for."""
    return may_administer(uid) or session.startswith(f"{uid}:")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, AttributeError):
        return str(uid)
