"""The gateway's own walls, should its readers ever be made to run what they read: it changes no file, starts no program,
reads nothing but what names, certificates and Python itself need, and signals nobody.

Landlock alone, for the gateway must reach every network. What the kernel lacks is said, and the rest holds.
"""

from __future__ import annotations

import ctypes
import os
import resource
import ssl
import sys
from typing import Final

import httptools

import jackline.contain

_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RIGHTS: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
"""All rights on files that a version of Landlock knows; later versions know those of 5."""
_SCOPED_FROM: Final = 6
_SCOPES: Final = 3  # abstract sockets, signals
_SYSTEM: Final = ("/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/nscd", "/var/run/nscd")


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


_libc: Final = ctypes.CDLL(None, use_errno=True)


def confine(readable: tuple[str, ...] = ()) -> bool:
    """Put up the walls for this process and all its threads, of which there must be one. Whether Landlock is one of them.

    Raises `OSError` where a wall that the kernel has cannot be put up.
    """
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        _checked(_libc.prctl(option, value, 0, 0, 0), "prctl")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    version = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    _restrict(version, (*_SYSTEM, *_pythons(), *_certificates(), os.path.realpath("/etc/resolv.conf"), *readable))
    return True


def _pythons() -> tuple[str, ...]:
    """Modules are imported late, too (`encodings.idna` with the first name)."""
    return (sys.prefix, sys.base_prefix, os.path.dirname(httptools.__path__[0]), *jackline.contain.__path__)


def _certificates() -> tuple[str, ...]:
    paths = ssl.get_default_verify_paths()
    found = (paths.cafile, paths.capath, paths.openssl_cafile, paths.openssl_capath)
    return tuple(real for path in found if path for real in (path, os.path.realpath(path)))


def _restrict(version: int, readable: tuple[str, ...]) -> None:
    rights = _RIGHTS.get(version, _RIGHTS[max(_RIGHTS)])
    ruleset = _Ruleset(rights, 0, _SCOPES if version >= _SCOPED_FROM else 0)
    size = ctypes.sizeof(_Ruleset) if version >= _SCOPED_FROM else ctypes.sizeof(ctypes.c_uint64)
    descriptor = _checked(
        _libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0), "landlock_create_ruleset"
    )
    try:
        for path in dict.fromkeys(readable):
            _allow(descriptor, path)
        _checked(_libc.syscall(_RESTRICT_SELF, descriptor, 0), "landlock_restrict_self")
    finally:
        os.close(descriptor)


def _allow(descriptor: int, path: str) -> None:
    """Let a path be read; one that is not there needs no permission."""
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)
        rule = _Beneath(rights, parent)
        _checked(_libc.syscall(_ADD_RULE, descriptor, _PATH_BENEATH, ctypes.byref(rule), 0), "landlock_add_rule")
    finally:
        os.close(parent)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
