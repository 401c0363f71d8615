"""What the tests of the launcher stand on: sessions and sandboxes, as root and as an ordinary user."""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from jackline.contain.launch import Holder, Sandbox, Streams
from jackline.contain.plan import Mount, Plan

SYSTEM = tuple(Mount("read", name, name, optional=True) for name in ("/usr", "/bin", "/lib", "/lib64", "/lib32"))
OWN = (Mount("proc", "/proc"), Mount("dev", "/dev"), Mount("tmpfs", "/tmp", size=1 << 20, mode=0o1777))
PATH = "/usr/local/bin:/usr/bin:/bin"
PATIENCE = 30.0


class Ran(NamedTuple):
    code: int
    out: bytes
    err: bytes
    problem: str

    @property
    def lines(self) -> list[str]:
        return os.fsdecode(self.out).splitlines()


def drain(*descriptors):
    """All that comes out of them, until each is at its end."""
    got = dict.fromkeys(descriptors, b"")
    waiting = set(descriptors)
    until = time.monotonic() + PATIENCE
    while waiting:
        ready, _, _ = select.select(waiting, [], [], max(0.0, until - time.monotonic()))
        assert ready, f"nothing came in time: {got}"
        for each in ready:
            data = os.read(each, 1 << 16)
            got[each] += data
            if not data:
                waiting.discard(each)
                os.close(each)
    return tuple(got[each] for each in descriptors)


def ended(pidfd):
    """Whether that process ends in time."""
    return bool(select.select([pidfd], [], [], PATIENCE)[0])


@dataclass
class Ground:
    """One session, a folder that its user owns, and the probe."""

    holder: Holder
    folder: str
    probe: str
    uid: int
    left: list[int] = field(default_factory=list)

    def plan(self, *argv, mounts=(), environment=None, **changes):
        changes.setdefault("cwd", "/")
        variables = {"PATH": PATH} if environment is None else environment
        shown = (*SYSTEM, *OWN, Mount("read", "/probe", self.probe), *mounts)
        return Plan(argv=argv, environment=variables, mounts=shown, **changes)

    def shell(self, text, **changes):
        return self.run(self.plan("sh", "-c", text, **changes))

    def tries(self, *attempts, **changes):
        """What came of each attempt of the probe."""
        ran = self.run(self.plan("/probe", *attempts, **changes))
        assert ran.code == 0, ran
        return ran.lines

    def run(self, plan, stdin=b"", *, groups=()):
        """Run it to its end."""
        given, feed = os.pipe()
        out, to_out = os.pipe()
        err, to_err = os.pipe()
        os.write(feed, stdin)
        os.close(feed)
        try:
            sandbox = Sandbox.start(plan, self.holder, Streams(given, to_out, to_err), groups)
        except Exception:
            for each in (out, err):
                os.close(each)
            raise
        finally:
            for each in (given, to_out, to_err):
                os.close(each)
        said, complained = drain(out, err)
        code = sandbox.wait(PATIENCE)
        sandbox.close()
        return Ran(code, said, complained, sandbox.problem)

    def start(self, *argv, **changes):
        """Start something that goes on, with a pipe to its input and one from its output."""
        given, feed = os.pipe()
        out, to_out = os.pipe()
        sandbox = Sandbox.start(self.plan(*argv, **changes), self.holder, Streams(given, to_out, to_out))
        os.close(given)
        os.close(to_out)
        self.left += [feed, out]
        return sandbox, feed, out

    def make(self, name, content=b"", mode=0o644):
        """A file in the folder, the user's own. Its path."""
        path = os.path.join(os.fsencode(self.folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        self.own()
        return os.fsdecode(path)

    def own(self):
        """Give the whole folder to the user."""
        for place, folders, files in os.walk(self.folder):
            for name in (".", *folders, *files):
                os.chown(os.path.join(place, name), self.uid, self.uid, follow_symlinks=False)
