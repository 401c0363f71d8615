"""The throw-away root: namespaces of its own (user, mount, process, network), in which all that was there is read-only.

Works without root where the kernel lets an ordinary user make user namespaces. What the room hides of the tests' own files
(a checkout below `/tmp`) is put back into it, read-only.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = "/mnt"
HOME = f"{PLACE}/u"
PROJECT = f"{HOME}/project"
HIDDEN = (PLACE, "/tmp", "/var/tmp", "/run")
USER = 1000

_NEW = {
    "user": 0x10000000,
    "mount": 0x00020000,
    "process": 0x20000000,
    "network": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
}
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _ATTR_RDONLY = 442, -100, 0x8000, 1  # mount_setattr(2)
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


class NoRoomError(Exception):
    """This machine does not let us make the room; the message says which step failed."""


def _did(result: int, what: str) -> None:
    if result < 0:
        raise NoRoomError(f"{what}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    encoded = (source.encode(), target.encode(), kind.encode() if kind is not None else None)
    _did(_libc.mount(*encoded, ctypes.c_ulong(flags), data.encode()), f"mount of {source} on {target}")


def enter() -> None:
    """Move this process, which has one thread, into a room; returns in a child that is the room's first process.

    The calling process waits for that child and ends with its code. Raises `NoRoomError`.
    """
    user, group = os.getuid(), os.getgid()
    _did(_libc.unshare(sum(_NEW.values())), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{USER} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{USER} {group} 1")
    _furnish()
    _loopback()
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 255)
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV)
    os.chdir("/")


def _furnish() -> None:
    """Everything read-only, and empty places to write in."""
    kept = {str(path): os.open(path, os.O_PATH | os.O_DIRECTORY) for path in ours()}
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    attributes = struct.pack("QQQQ", _ATTR_RDONLY, 0, 0, 0)
    _did(
        _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, attributes, len(attributes)),
        "making all read-only",
    )
    for place in HIDDEN:
        if Path(place).is_dir():
            _mount("tmpfs", place, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=1777,size=512m")
    for path, opened in kept.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{opened}", path, None, _MS_BIND | _MS_REC)
        os.close(opened)


def ours() -> list[Path]:
    """The checkout and the interpreter's folders, where the room would hide them."""
    found = {ROOT, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    return sorted(path for path in found if any(str(path).startswith(f"{place}/") for place in HIDDEN))


def _loopback() -> None:
    """Bring up `lo`, the room's only interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | _IFF_UP))
