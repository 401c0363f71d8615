"""One session: its folder, its view, its holder, and every program that runs in it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.contain.keeper import wire
from jackline.contain.keeper.changes import Changes
from jackline.contain.keeper.models import ways
from jackline.contain.keeper.network import Network
from jackline.contain.keeper.watch import Watch
from jackline.contain.launch import Holder, Sandbox, Streams, View
from jackline.contain.limits.budgets import budgets_of
from jackline.contain.observe.binaries import Digests
from jackline.contain.observe.facts import Seen
from jackline.contain.observe.supervisor import Supervisor
from jackline.contain.plan import Mount
from jackline.contain.planning import outfit as outfits
from jackline.contain.planning.deliver import deliver
from jackline.contain.planning.furnish import Identity, lay_out, prepare
from jackline.contain.planning.host import gather, with_effects
from jackline.contain.planning.planning import check, plan
from jackline.contain.view.disk import Disk
from jackline.contain.view.handles import Root
from jackline.contain.view.staging import remove_tree
from jackline.contain.walls import remembered, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackline.contain.keeper.visit import Hello
    from jackline.contain.planning.host import Host
    from jackline.contain.planning.outfit import Outfit

OBSERVER_SECONDS: Final = 2.0
MAX_HOSTS: Final = 64
"""How many different PATHs are remembered."""

_VIEW: Final = ("upper", "work", "view")
_DIRECTORY_MODE: Final = 0o700


class Running:
    """A program in its sandbox, and what is to be done when it has ended."""

    def __init__(self, sandbox: Sandbox, outfit: Outfit, copied: dict[str, Identity], errors: int) -> None:
        """`errors` is the program's standard error: a program that cannot be executed says so there, like a shell's."""
        self.sandbox, self.outfit, self.copied, self._errors = sandbox, outfit, copied, os.dup(errors)

    def fileno(self) -> int:
        """Readable once it has ended."""
        return self.sandbox.exited

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.sandbox.signal(number)

    def wait(self) -> int:
        """Its exit code."""
        code = self.sandbox.wait()
        if self.sandbox.problem:
            with contextlib.suppress(OSError):
                os.write(self._errors, f"jackline: {self.sandbox.problem}\n".encode("utf-8", "backslashreplace"))
        os.close(self._errors)
        return code


class Session:
    """See the module's text. Raises `ContainmentError` where it cannot be had."""

    def __init__(self, opening: wire.Open, report: Callable[[wire.FromKeeper], None]) -> None:
        self._opening, self._report = opening, report
        self._lock = threading.Lock()
        self._running: dict[str, Running] = {}
        self._observers: dict[str, Supervisor] = {}
        self._digests = Digests()
        self._network: Network | None = None
        walls = remembered(os.path.join(os.path.dirname(opening.history), "walls.json"))
        self._without = require(walls, unsafe_missing_walls=opening.unsafe_missing_walls)
        self.missing = tuple(str(each).strip() for each in walls.tried if not each.holds)
        self._places = outfits.Session(
            opening.workspace,
            os.path.join(opening.folder, "view"),
            opening.folder,
            door=opening.door,
            programs=opening.programs,
            protected=opening.protected,
        )
        self._hosts: dict[tuple[str, str], Host] = {}
        self._path = ""
        check(self._places, gather(os.environ, opening.workspace, opening.client))
        _begin_anew(opening.folder)
        lay_out(self._places)
        self._shown = tuple(self._lay_files())
        self._changes = Changes(opening)
        self._budgets = budgets_of(opening.budgets)
        self._holder = Holder.start([self._view()])
        written = [os.path.join(opening.folder, name) for name in ("upper", "home", "actions", "tmp")]
        name = f"jackline-{os.path.basename(opening.folder)}"
        self._watch = Watch(opening.session, name, self._budgets, written, self._holder.kill)
        self._watch.begin(report)

    def start(self, grant: wire.Grant, hello: Hello) -> Running:
        """Start what was granted. Raises `JacklineError`, `OSError`."""
        found = ways(self._opening.client, hello.environment, self._opening.allowed_hosts) if grant.floor else []
        given = {name: value for way in found for name, value in way.given.items()}
        if grant.floor:
            given |= self._opening.variables
            given |= {name: hello.environment[name] for name in self._opening.passed if name in hello.environment}
        command = outfits.Command(grant.argv, grant.cwd, hello.environment, given, hello.terminal)
        places = replace(self._places, ports=tuple(way.listener for way in found))
        host = with_effects(self._seen_by(grant, hello), grant.effects, self._opening.protected)
        outfit = plan(command, places, host, None if grant.floor else grant.effects, self._budgets)
        for one in outfit.withheld:
            self._report(wire.Alert(grant.action, "withheld", f"`{one.name}` is not given inside: {one.reason}"))
        copied = prepare(outfit, self._places)
        if self._opening.mode == "live":
            self._tell_conflicts(grant.action, self._changes.carry(self._holder.views[0]))
        complete = replace(
            outfit.plan, mounts=(*outfit.plan.mounts, *self._shown), observed=True, without=self._without
        )
        with self._watch.entrances() as entrances:
            sandbox = Sandbox.start(complete, self._holder, Streams(*hello.streams), entrances)
        self._observe(grant.action, sandbox, complete.argv)
        self._watch.add(sandbox.pid)
        running = Running(sandbox, outfit, copied, hello.streams[2])
        if sandbox.listeners:
            self._way_out().serve(grant.action, sandbox.listeners, found)
        with self._lock:
            self._running[grant.action] = running
        return running

    def finish(self, grant: wire.Grant, exit_code: int) -> wire.Finished:
        """A program ended: what it changed, and what is carried out of its sandbox."""
        with self._lock:
            running = self._running.pop(grant.action)
        if self._network is not None:
            self._network.end(grant.action)
        for one in deliver(running.outfit, self._places, running.copied):
            if not one.how:
                self._report(
                    wire.Alert(grant.action, "not_delivered", f"`{one.target}` was not carried out: {one.reason}")
                )
        running.sandbox.close()
        seen = self._seen(grant.action)
        changes, uncounted, conflicts = self._changes.savepoint(grant.action)
        self._tell_conflicts(grant.action, conflicts)
        usage = dict(self._network.usage) if self._network is not None and grant.floor else {}
        return wire.Finished(grant.action, exit_code, changes, uncounted, usage, seen)

    def mark(self, action: str) -> wire.Marked:
        """An action on the floor ended: what changed since the last savepoint, published where the view is live."""
        changes, uncounted, conflicts = self._changes.savepoint(action)
        self._tell_conflicts(action, conflicts)
        if self._opening.mode == "live":
            self._tell_conflicts(action, self._changes.carry(self._holder.views[0]))
        return wire.Marked(action, changes, uncounted)

    def answer(self, verdict: wire.Verdict) -> None:
        """The guard's word on a connection."""
        if self._network is not None:
            self._network.answer(verdict)

    def end(self, outcome: wire.Outcome) -> wire.Closed:
        """Stop everything, and do with what is open as is said."""
        self.stop()
        return self._changes.close(outcome)

    def stop(self) -> None:
        """End every process of the session."""
        self._holder.stop()
        self._tell_behind(OBSERVER_SECONDS)
        self._watch.close()
        if self._network is not None:
            self._network.stop()

    def _seen_by(self, grant: wire.Grant, hello: Hello) -> Host:
        """The machine as a visitor's PATH shows it; the agent's own program is shown wherever it lies."""
        program = grant.argv[0] if grant.floor and os.path.isabs(grant.argv[0]) else ""
        path = hello.environment.get("PATH", os.defpath)
        with self._lock:
            # What PATH leads to is shown. So it is the user's who began the session, never that of a visitor from inside.
            if grant.floor and not self._path:
                self._path = path
            path = self._path or path
            found = self._hosts.get((path, program))
        if found is None:
            programs = (program,) if program else ()
            environment = {**os.environ, "PATH": path}
            found = gather(environment, self._opening.workspace, self._opening.client, programs)
            with self._lock:
                if len(self._hosts) >= MAX_HOSTS:
                    self._hosts.clear()
                self._hosts[path, program] = found
        return found

    def _observe(self, action: str, sandbox: Sandbox, argv: tuple[str, ...]) -> None:
        """Begin to answer its notices: before that the program does not begin."""
        notifier, sandbox.notifier = sandbox.notifier, -1
        if notifier == -1:  # the filter that announces is one of the walls that a person did without
            return
        observer = Supervisor(notifier, argv, self._digests)
        with self._lock:
            self._observers[action] = observer

    def _seen(self, action: str) -> Seen:
        """What an action that ended did. What others left running has done since is told, too."""
        with self._lock:
            observer = self._observers.get(action)
        seen = observer.take() if observer is not None else Seen()
        self._tell_behind(0)
        return seen

    def _tell_behind(self, seconds: float) -> None:
        """What was left running by actions that ended, and what is over. `seconds`: how long an end is waited for."""
        with self._lock:
            behind = {name: each for name, each in self._observers.items() if name not in self._running}
        for action, observer in behind.items():
            over = observer.over(seconds)
            seen = observer.take()
            if seen:
                self._report(wire.Behind(action, seen))
            if over:
                with self._lock:
                    self._observers.pop(action, None)

    def _tell_conflicts(self, action: str, paths: tuple[str, ...]) -> None:
        if paths:
            text = (
                f"somebody else changed it, too, and both versions are kept: {', '.join(f'`{path}`' for path in paths)}"
            )
            self._report(wire.Alert(action, "conflict", text))

    def _view(self) -> View:
        folder = self._opening.folder
        return View(self._opening.workspace, *(os.path.join(folder, name) for name in _VIEW))

    def _way_out(self) -> Network:
        with self._lock:
            if self._network is None:
                isolation = ("-P",) if sys.flags.safe_path and not sys.flags.isolated else ("-I",)
                self._network = Network(isolation, self._opening.budgets, self._report)
            return self._network

    def _lay_files(self) -> Iterator[Mount]:
        """Write the client's files into the session's folder: those of /etc into its copy, which is shown read-only as a
        whole; each other one is a mount of its own."""
        folder = os.path.join(self._opening.folder, "files")
        os.makedirs(folder, _DIRECTORY_MODE, exist_ok=True)
        for number, file in enumerate(self._opening.files):
            if file.path.startswith("/etc/"):
                _write(os.path.join(self._places.etc, file.path.removeprefix("/etc/")), file)
                continue
            source = os.path.join(folder, str(number))
            _write(source, file)
            yield Mount("read", file.path, source)


def _begin_anew(folder: str) -> None:
    """An empty layer: one that a keeper before this left behind would hide what changed in the workspace since."""
    with Root(folder) as root:
        for name in _VIEW:
            remove_tree(Disk(), root.handle, name)
            os.mkdir(name, _DIRECTORY_MODE, dir_fd=root.handle)


def _write(path: str, file: wire.LaidOut) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with open(path, "xb") as writer:
        writer.write(file.content.encode("utf-8", "surrogateescape"))
        os.fchmod(writer.fileno(), file.mode)
