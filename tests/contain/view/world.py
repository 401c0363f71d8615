"""A real overlay in a real user namespace, kept by a child process that mounts, does, looks and unmounts as it is told."""

import ast
import codecs
import ctypes
import hashlib
import os
import shutil
import stat
import tempfile
import traceback
import warnings
from functools import cache

from jackline.contain.view.disk import Disk
from jackline.contain.view.handles import Root
from jackline.contain.view.history import History
from tests.contain.view.acts import perform

CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
NOBODY = 65533
PR_SET_DUMPABLE = 4
MS_REC_PRIVATE = 0x4000 | 0x40000


def fork() -> int:
    """os.fork; that a test runner has threads of its own is no news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


class Inside:
    """The child: pid 1 of nothing, root of its own user namespace."""

    def __init__(self) -> None:
        request, self._requests = os.pipe()
        self._answers, answer = os.pipe()
        self.pid = fork()
        if self.pid == 0:
            os.close(self._requests)
            os.close(self._answers)
            try:
                self._serve(os.fdopen(request), os.fdopen(answer, "w"))
            except BaseException:  # noqa: BLE001 - a child must never return into the test
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(request)
        os.close(answer)
        self._out, self._in = os.fdopen(self._requests, "w"), os.fdopen(self._answers)
        self.call("unshare")
        _map(self.pid, os.geteuid(), os.getegid())
        self.call("enter")

    def call(self, name, *arguments):
        print(ascii((name, arguments)), file=self._out, flush=True)
        done, value = ast.literal_eval(self._in.readline())
        if not done:
            raise AssertionError(value)
        return value

    def close(self) -> None:
        self._out.close()
        self._in.close()
        os.waitpid(self.pid, 0)

    def _serve(self, requests, answers) -> None:
        for line in requests:
            name, arguments = ast.literal_eval(line)
            try:
                answer = (True, getattr(self, "do_" + name)(*arguments))
            except BaseException:  # noqa: BLE001 - it goes to the test
                answer = (False, traceback.format_exc())
            print(ascii(answer), file=answers, flush=True)

    def do_unshare(self):
        self._libc = ctypes.CDLL(None, use_errno=True)
        _checked(self._libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))

    def do_enter(self):
        _checked(self._libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None))

    def do_mount(self, lower, upper, work, at):
        options = f"lowerdir={lower},upperdir={upper},workdir={work},userxattr".encode()
        _checked(self._libc.mount(b"overlay", at.encode(), b"overlay", 0, options))

    def do_unmount(self, at):
        os.chdir("/")
        _checked(self._libc.umount2(at.encode(), 0))

    def do_perform(self, at, script):
        os.chdir(at)
        os.umask(0o022)
        perform(script)
        os.chdir("/")

    def do_tree(self, at, upper=""):
        return tree(at, upper)


def _map(pid, uid, gid):
    """Root gets every ID, anybody else the one that an unprivileged process may have."""
    if uid:
        _put(f"/proc/{pid}/setgroups", "deny")
    _put(f"/proc/{pid}/uid_map", f"0 {uid} 1" if uid else _every("uid_map"))
    _put(f"/proc/{pid}/gid_map", f"0 {gid} 1" if uid else _every("gid_map"))


def _every(name):
    """The IDs that this namespace itself has: on a machine all, in a container perhaps fewer."""
    with open(f"/proc/self/{name}") as lines:
        return "\n".join(f"{first} {first} {count}" for first, _, count in map(str.split, lines))


def _put(path, text):
    with open(path, "w") as file:
        file.write(text)


def _checked(result):
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def tree(at, upper=""):
    """Everything that can be seen of a tree, by plain means: path → what stands there; hard links as the first name.

    A mounted view shows two numbers for two names of one file where one of them was there before (it cannot decode the
    origin of the other in a user namespace): so which names are one file is looked up in its upper layer.
    """
    found = {}
    groups = {}

    def one(path, shown):
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        seen = {
            "mode": oct(status.st_mode), "modified": status.st_mtime_ns, "owner": (status.st_uid, status.st_gid),
            "attributes": {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False) if not name.startswith("user.overlay.")},
        }  # fmt: skip
        if kind == stat.S_IFLNK:
            seen["target"] = os.readlink(path)
            seen["mode"] = ""
        elif kind == stat.S_IFREG:
            seen |= {"size": status.st_size, "content": _content(path), "holes": _holes(path)}
        if kind != stat.S_IFDIR:
            below = f"{upper}/{shown}"
            one_file = os.lstat(below) if upper and os.path.lexists(below) else status
            seen["group"] = groups.setdefault((one_file.st_dev, one_file.st_ino), shown)
        found[shown] = seen
        if kind == stat.S_IFDIR:
            for name in sorted(os.listdir(path)):
                one(os.path.join(path, name), f"{shown}/{name}")

    one(at, "")
    return found


def _content(path):
    with open(path, "rb") as file:
        data = file.read()
    return data if len(data) < 64 else hashlib.sha256(data).hexdigest()


def _holes(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        at, size, parts = 0, os.fstat(descriptor).st_size, []
        while at < size:
            try:
                start = os.lseek(descriptor, at, os.SEEK_DATA)
            except OSError:
                break
            at = os.lseek(descriptor, start, os.SEEK_HOLE)
            parts.append((start, at))
        return parts
    finally:
        os.close(descriptor)


@cache
def fast_place() -> str | None:
    """A file system in memory, where it keeps the attributes that overlays need (Linux 6.6); else the usual one."""
    try:
        with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
            os.setxattr(file.fileno(), "user.overlay.probe", b"y")
    except OSError:
        return None
    return "/dev/shm"


class Quick(Disk):
    """A disk that is never waited for: nothing here loses its power."""

    def sync_file(self, descriptor) -> None:
        pass

    def sync_all(self, descriptor) -> None:
        pass


class Killed(BaseException):
    """The process died here."""


class Mortal(Quick):
    """A disk whose user is killed before its n-th change; whatever it would do on the way out does not happen either."""

    def __init__(self, steps) -> None:
        self.steps = steps

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found
        self.steps -= 1
        if self.steps <= 0:
            raise Killed
        return found


class Case:
    """One workspace with a session's folders and a history, in a place of its own."""

    def __init__(self, setup, disk=None, *, apart=False) -> None:
        """`apart`: the history lies on another file system than the workspace."""
        self.far = tempfile.mkdtemp(prefix="view-") if apart else ""
        self.place = tempfile.mkdtemp(prefix="view-", dir=fast_place())
        for name in ("workspace", "upper", "work", "merged", "history"):
            os.mkdir(os.path.join(self.place, name), 0o755 if name == "workspace" else 0o700)
        self.workspace, self.merged = self.at("workspace"), self.at("merged")
        here = os.open(".", os.O_RDONLY)
        os.chdir(self.workspace)
        perform(setup)
        os.fchdir(here)
        os.close(here)
        self.disk = disk or Quick()
        self.root, self.upper = Root(self.workspace), Root(self.at("upper"))
        self.history = History(self.at("history"), self.disk)

    def at(self, name) -> str:
        if self.far and name.startswith("history"):
            return os.path.join(self.far, name.removeprefix("history").lstrip("/"))
        return os.path.join(self.place, name)

    def reopened(self, disk=None) -> History:
        """The history as a new process finds it."""
        self.history.__exit__(None, None, None)
        self.history = History(self.at("history"), disk or Quick())
        return self.history

    def close(self) -> None:
        self.history.__exit__(None, None, None)
        os.close(self.root.handle)
        os.close(self.upper.handle)
        shutil.rmtree(self.place, onerror=_insist)
        if self.far:
            shutil.rmtree(self.far, onerror=_insist)


def _insist(function, path, _):
    for place in (os.path.dirname(path), path):
        if not os.path.islink(place):
            os.chmod(place, 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, onerror=_insist)
    else:
        os.unlink(path)


def as_nobody(work, groups=()):
    """Run a function as a user who is nobody, in a child of its own; its assertion is the test's."""
    codecs.lookup("ascii")  # what is imported when it is first used may lie where only root can read
    read, write = os.pipe()
    child = fork()
    if child == 0:
        status = 1
        try:
            os.close(read)
            os.setgroups(groups)
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)  # its own /proc belongs to root else
            os.chdir("/")
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - it goes to the test
            os.write(write, traceback.format_exc().encode("utf-8", "backslashreplace")[-60_000:])
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        text = told.read().decode()
    _, status = os.waitpid(child, 0)
    assert status == 0, text


def look(inside, path, upper=""):
    """The tree, as root of the namespace: it may read what its owner may not."""
    return inside.call("tree", path, upper)
