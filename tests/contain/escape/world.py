"""A host with canaries, and a session in it: where each attempt is made, bare or in a real floor sandbox.

Everything is done in a child process of the tests, which may be another user: `as_user` runs a function there and brings
back what it returns.
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import secrets
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from jackline.contain.launch import Holder, Sandbox, Streams, View, program
from jackline.contain.planning.furnish import lay_out, prepare
from jackline.contain.planning.host import gather
from jackline.contain.planning.outfit import Command, Session
from jackline.contain.planning.planning import plan

HERE = Path(__file__).parent
STRANGER = 61234
"""A user whom no account names, so that nothing of this machine is that user's."""
SECONDS = 30.0
CLONE_NEWNS, MS_REC, MS_PRIVATE, TIOCSCTTY = 0x20000, 0x4000, 0x40000, 0x540E
ESCAPED, STOPPED, NOT_HERE = "escaped", "stopped", "not here"
WARNINGS = ("-O1", "-Wall", "-Wextra", "-Werror")


def build(folder):
    """Compile the attempts. Whoever could build the launcher can."""
    return compile_static(os.path.join(folder, "attempts"), [str(HERE / "attempts.c")], "-std=gnu11")


def compile_static(target, sources, *flags):
    """Compile a program, without shared libraries where this system has the static ones."""
    command = [os.environ.get("CC", "cc"), *WARNINGS, *flags, "-o", target, *sources]
    if subprocess.run([*command, "-static"], check=False, stderr=subprocess.DEVNULL).returncode:
        subprocess.run(command, check=True)
    return target


LOADED = codecs.lookup("ascii"), codecs.lookup("idna")
"""What a child that is another user may not be able to load any more."""


def as_user(user, function, *arguments):
    """Run `function` in a child that is this user. Returns what it returns, as JSON brings it; raises what it raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            if user != os.getuid():
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
            found = function(*arguments)
            with os.fdopen(writing, "w") as file:
                json.dump(found, file)
            code = 0
        except BaseException:  # noqa: BLE001 - the child of a fork ends here, whatever happens
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as file:
        told = file.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "the child failed: its trace stands above"
    return json.loads(told)


class Ran(NamedTuple):
    """What one attempt came to."""

    outcome: str
    changed: list[str]


class World:
    """See the module's text. To be used as a context, by the user who is to be attacked."""

    def __init__(self, folder, attempts, launcher=None):
        """`folder` belongs to the user, and is empty."""
        self.folder, self.launcher = folder, launcher
        self.canary = f"canary-{secrets.token_hex(8)}"
        self.home, self.workspace = f"{folder}/home", f"{folder}/home/work/app"
        self.outside, self.secret = f"{folder}/outside", f"{folder}/home/.ssh/id_ed25519"
        self.session = f"{folder}/session"
        self._stack = contextlib.ExitStack()
        self.attempts, self._compiled = f"{self.workspace}/attempts", attempts
        self._plant()
        self._kept = f"{folder}/kept-program"
        shutil.copy(launcher or f"{os.path.dirname(attempts)}/jackline-launch", self._kept)

    def _plant(self):
        """The directories and canaries, as they are before any attempt."""
        for name in (
            self.workspace,
            self.outside,
            f"{self.home}/.ssh",
            f"{self.home}/.config/jackline",
            f"{self.home}/.claude",
        ):
            os.makedirs(name, exist_ok=True)
        for name in (
            f"{self.outside}/canary",
            f"{self.outside}/kept",
            self.secret,
            f"{self.home}/.bashrc",
            f"{self.workspace}/README",
        ):
            Path(name).write_text(self.canary)
        Path(f"{self.home}/.claude/settings.json").write_text("{}")
        Path(f"{self.home}/.config/jackline/grants.cedar").write_text("// none")
        shutil.copy(self._compiled, self.attempts)

    def __enter__(self):
        program._PROGRAM = self._kept
        self._listen()
        self._start_guard()
        self._share_memory()
        with self._stack:
            self._session()
            self.look()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    # ------------------------------------------------------------------------------------------------- the host's side
    def _listen(self):
        self.tcp, self.udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.unix, self.abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self.tcp.bind(("0.0.0.0", 0))
        self.udp.bind(("0.0.0.0", 0))
        self.udp.setblocking(False)
        self.socket_path = f"{self.outside}/agent.sock"
        os.chdir(self.outside)
        self.unix.bind("agent.sock")
        os.chdir("/")
        self.abstract.bind("\0" + self.canary)
        for each in (self.tcp, self.unix, self.abstract):
            each.listen(64)
        for each in (self.tcp, self.udp, self.unix, self.abstract):
            self._stack.enter_context(each)
        self._in_shm = f"/dev/shm/{self.canary}"
        Path(self._in_shm).write_text(self.canary)
        self._stack.callback(os.unlink, self._in_shm)

    def _start_guard(self):
        self._guard = subprocess.Popen(
            [self.attempts, "be_the_guard"], cwd=self.outside, env={"TOKEN": self.canary}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, process_group=0,
        )  # fmt: skip
        self._memory = self._guard.stdout.readline().decode().strip()
        self._stack.callback(self._end_guard)

    def _end_guard(self):
        self._guard.kill()
        self._guard.wait()
        self._guard.stdout.close()

    def _share_memory(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.segment = secrets.randbits(30) + 1
        made = libc.shmget(self.segment, 4096, 0o1600)
        assert made != -1
        self._stack.callback(libc.shmctl, made, 0, None)

    def _picture(self):
        """What an attempt could have changed on the host."""
        found = {}
        for root in (self.outside, self.home):
            for folder, names, files in os.walk(root):
                for name in (*names, *files):
                    path = os.path.join(folder, name)
                    status = os.lstat(path)
                    content = Path(path).read_bytes() if stat.S_ISREG(status.st_mode) else b""
                    found[path] = (status.st_mode, hashlib.sha256(content).hexdigest())
        for name in ("/usr/bin/planted", "/etc/planted", "/usr/lib/planted", "/planted"):
            found[name] = os.path.lexists(name)
        return found

    def changed(self):
        """What is otherwise on the host than when the world began, and what reached it."""
        now = self._picture()
        found = [path for path in {**self._before, **now} if self._before.get(path) != now.get(path)]
        with contextlib.suppress(BlockingIOError):
            while self.udp.recv(4096):
                found.append("udp")
        if self._guard.poll() is not None:
            found.append("the guard is dead")
        while select.select([self._guard.stdout], [], [], 0)[0] and (hit := os.read(self._guard.stdout.fileno(), 4096)):
            found.append(f"the guard was {hit.decode().split()[0]}")
        return sorted(set(found))

    def look(self):
        """What the host is like now counts as before: each attempt answers for itself."""
        self._before = self._picture()

    def forget(self):
        """Take back what attempts did that were made bare, and what they left in the view."""
        shutil.rmtree(self.workspace)
        for gone, name in (
            (f"{self.outside}.gone", self.outside),
            (f"{self.home}/.config/gone", f"{self.home}/.config/jackline"),
        ):
            if os.path.exists(gone):
                os.rename(gone, name)
        for name in (f"{self.outside}/planted", f"{self.outside}/moved", f"{self.home}/.ssh/authorized_keys"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        self._plant()
        self.look()

    def environment(self):
        """What an attempt is told."""
        return {
            "OUTSIDE": self.outside, "SECRET": self.secret, "GUARD": str(self._guard.pid), "MEMORY": self._memory,
            "SOCKET": self.socket_path, "ABSTRACT": self.canary, "TCP": str(self.tcp.getsockname()[1]),
            "UDP": str(self.udp.getsockname()[1]), "ADDRESS": address(), "SEGMENT": str(self.segment), "CANARY": self.canary,
            "WORKSPACE": self.workspace, "SELF": self.attempts, "SESSION": self.session, "HOME": self.home,
        }  # fmt: skip

    # ------------------------------------------------------------------------------------------------ the session's side
    def _session(self):
        for name in ("upper", "work", "view"):
            os.makedirs(f"{self.session}/{name}")
        self.places = Session(
            self.workspace, f"{self.session}/view", self.session, protected=(f"{self.home}/.config/jackline",)
        )
        self.host = gather({"HOME": self.home, "PATH": "/usr/bin:/bin"}, self.workspace, "claude")
        lay_out(self.places)
        self.holder = self._stack.enter_context(
            Holder.start(
                [View(self.workspace, f"{self.session}/upper", f"{self.session}/work", f"{self.session}/view")]
            )
        )

    def plan(self, *argv, without=(), terminal=False):
        """The floor's own plan, with one attempt as its program."""
        outfit = plan(Command(argv, self.workspace, {}, {}, terminal), self.places, self.host)
        prepare(outfit, self.places)
        planned = replace(
            outfit.plan,
            observed=False,
            without=tuple(without),
            environment={**outfit.plan.environment, **self.environment()},
        )
        if "network" in without:
            planned = replace(planned, listeners=())
        if "mounts" in without:  # the view is seen where the holder mounted it, not where the workspace is
            view = self.places.view
            told = {**planned.environment, "WORKSPACE": view, "SELF": f"{view}/attempts"}
            planned = replace(planned, argv=(f"{view}/attempts", *argv[1:]), cwd=view, environment=told)
        return planned

    def start(self, planned, stdout=subprocess.DEVNULL, groups=()):
        """A sandbox with nothing to read, or with a terminal where the plan has one."""
        streams = [os.open(os.devnull, os.O_RDWR)]
        if planned.terminal:
            streams = list(os.openpty())
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            output = null if stdout == subprocess.DEVNULL else stdout
            return Sandbox.start(planned, self.holder, Streams(streams[-1], output, null), groups)
        finally:
            for each in (*streams[1:], null):
                os.close(each)
            if not planned.terminal:
                os.close(streams[0])

    def inside(self, name, without=(), planned=None):
        """Make one attempt in a sandbox."""
        planned = planned or self.plan(self.attempts, name, without=without, terminal=name == "type_into_the_terminal")
        sandbox = self.start(planned)
        try:
            code = sandbox.wait(SECONDS)
        finally:
            sandbox.close()
        return self._judged(code)

    def bare(self, name):
        """Make one attempt with nothing round it."""
        streams = os.openpty() if name == "type_into_the_terminal" else ()
        left = (os.open(os.devnull, os.O_RDONLY),) if name == "find_descriptors" else ()
        done = subprocess.run(
            [self.attempts, name], env=self.environment(), cwd=self.workspace, stdin=streams[1] if streams else subprocess.DEVNULL,
            timeout=SECONDS, check=False, start_new_session=True,
            pass_fds=left, preexec_fn=_apart_with_a_terminal if streams else _apart,
        )  # fmt: skip
        for each in (*streams, *left):
            os.close(each)
        found = self._judged(done.returncode, () if name == "plant_in_workspace" else (self.workspace,))
        self.forget()
        return found

    def _judged(self, code, allowed=()):
        changed = [path for path in self.changed() if not path.startswith(allowed or "\0")]
        if changed or code == 0:
            return Ran(ESCAPED, changed)
        return Ran({1: STOPPED, 2: NOT_HERE}.get(code, STOPPED if code > 128 or code < 0 else f"exit {code}"), changed)


def _apart():
    """Mounts that an attempt makes are its own."""
    libc = ctypes.CDLL(None)
    if libc.unshare(CLONE_NEWNS) == 0:
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)


def _apart_with_a_terminal():
    _apart()
    fcntl.ioctl(0, TIOCSCTTY, 0)


def address():
    """An address of this host that is not its loopback, or one that nobody has."""
    with socket.socket(type=socket.SOCK_DGRAM) as asking, contextlib.suppress(OSError):
        asking.connect(("192.0.2.1", 9))
        return asking.getsockname()[0]
    return "192.0.2.1"


@contextlib.contextmanager
def folder_of(user):
    """An empty folder of a user's own, out of every other's way."""
    folder = tempfile.mkdtemp(prefix="jl-escape-")
    try:
        os.chown(folder, user, user)
        yield folder
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=False)
        shutil.rmtree(folder)
