"""`run`: whole agents in sandboxes. A run is a session of its own; the client's sessions inside are its children."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from jackline.clients.connect import inside
from jackline.contain.keeper.wire import Grant, LaidOut, Mode, Open, Outcome
from jackline.core.errors import UsageError
from jackline.core.profiles import PROFILES
from jackline.guard.accounts import account_of, own_uid
from jackline.guard.clock import now_micros
from jackline.guard.running.folders import digest_of, workspace_of
from jackline.guard.running.keepers import ContainError, new_ticket

if TYPE_CHECKING:
    from jackline.guard.peers import Peer
    from jackline.guard.record import Record
    from jackline.guard.running.doors import Doors
    from jackline.guard.running.keepers import Keepers

Parameters = dict[str, Any]
_NAME_BYTES: Final = 4


class Wanted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What `jackline run` asks for. `client` is a profile's name, "" to go by the program's."""

    argv: tuple[str, ...]
    cwd: str
    client: str = ""
    mode: Mode | None = None
    allowed_hosts: tuple[str, ...] = ()
    published: tuple[int, ...] = ()
    budgets: dict[str, int] = {}
    passed: tuple[str, ...] = ()
    unsafe_missing_walls: bool = False


class Runs:
    """The calls `run` and `run_end`."""

    def __init__(self, record: Record, keepers: Keepers, doors: Doors) -> None:
        self._record, self._keepers, self._doors = record, keepers, doors
        self._begun: dict[str, int] = {}

    def run(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """Open a session for an agent: where its ticket can be shown. Raises `UsageError`, `ContainError`."""
        wanted = _wanted(parameters)
        if peer.uid != own_uid():
            message = "this guard serves other accounts (managed), and sandboxes run as its own: run an unmanaged guard for `run`"
            raise UsageError(message)
        client = wanted.client or _client_of(wanted.argv[0])
        session = f"run-{secrets.token_hex(_NAME_BYTES)}"
        digest = digest_of(session)
        workspace = workspace_of(wanted.cwd, account_of(peer.uid).home)
        door = self._keepers.place(digest, "guard.sock")
        mode: Mode = wanted.mode or ("live" if client else "staged")
        account = account_of(peer.uid)
        files = inside.shown(client, account.home, workspace, os.environ)
        opening = Open(
            session,
            workspace,
            self._keepers.folder(digest),
            self._keepers.history,
            self._keepers.place(digest, "run.sock"),
            door=door,
            client=client,
            mode=mode,
            allowed_hosts=wanted.allowed_hosts,
            published=wanted.published,
            budgets=wanted.budgets,
            files=tuple(LaidOut(*each) for each in files),
            variables=inside.variables(client),
            protected=self._keepers.protected,
            programs=self._keepers.programs,
            passed=wanted.passed,
            unsafe_missing_walls=wanted.unsafe_missing_walls,
        )
        self._begun[session] = now_micros()
        self._record.note(
            "session_started", session=session, client=client, durable=True, assurance="contained",
            argv=list(wanted.argv), workspace=workspace, mode=mode,
        )  # fmt: skip
        self._doors.open(session, door)
        try:
            keeper = self._keepers.open(opening)
            ticket = new_ticket()
            keeper.grant(Grant(ticket, session, wanted.argv, wanted.cwd, floor=True))
        except ContainError:
            self._doors.close(session)
            raise
        return {
            "session": session, "place": keeper.socket, "ticket": ticket, "mode": mode, "client": client,
            "workspace": workspace, "missing": list(keeper.opened().missing),
        }  # fmt: skip

    def report(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """What a run did so far: counts of decisions, what it changed, where it was not let go, and alerts."""
        del peer
        session = str(parameters.get("session", ""))
        changed: dict[str, str] = {}
        refused: dict[str, int] = {}
        alerts: list[str] = []
        usage: dict[str, int] = {}
        for _, event in self._record.ledger.events(
            kinds=("observed", "alerted", "finished"), since=self._begun.get(session, 0)
        ):
            if event.session != session and not event.session.startswith(f"{session}/"):
                continue
            if event.kind == "alerted":
                alerts.append(str(event.data.get("text", "")))
                continue
            if event.kind == "finished":
                usage = event.data.get("usage") or usage
                continue
            changed |= {each["path"]: each["verb"] for each in event.data.get("changed", ())}
            flow = event.data.get("flow", {})
            if flow.get("cause") == "refused":
                name = f"{flow['host']}:{flow['port']}"
                refused[name] = refused.get(name, 0) + 1
        counts = self._record.family(session).counts
        return {
            "session": session,
            "decisions": counts,
            "changed": changed,
            "refused": refused,
            "alerts": alerts,
            "usage": usage,
        }

    def end(self, parameters: Parameters, peer: Peer) -> Any:  # noqa: ANN401 - JSON
        """End a run, and say what becomes of what is still open. Raises `UsageError`, `ContainError`."""
        del peer
        session = str(parameters.get("session", ""))
        try:
            outcome: Outcome = msgspec.convert(parameters.get("outcome"), Outcome)
        except msgspec.ValidationError as error:
            message = f"a run ends with keep or discard: {error}"
            raise UsageError(message) from error
        keeper = self._keepers.of(session)
        if keeper is None:
            message = f"no run `{session}` is open; `jackline sessions` lists what there was"
            raise UsageError(message)
        closed = keeper.end(outcome)
        self._begun.pop(session, None)
        self._doors.close(session)
        changes = [{"path": change.path, "verb": change.verb} for change in closed.changes]
        return {
            "session": session, "outcome": closed.outcome, "changes": changes, "uncounted": closed.uncounted,
            "conflicts": list(closed.conflicts),
        }  # fmt: skip


def _wanted(parameters: Parameters) -> Wanted:
    try:
        wanted = msgspec.convert(parameters, Wanted)
    except msgspec.ValidationError as error:
        message = f"not a run: {error}"
        raise UsageError(message) from error
    if not wanted.argv or not os.path.isabs(wanted.cwd):
        message = "a run needs a program and an absolute directory"
        raise UsageError(message)
    if wanted.client and wanted.client not in PROFILES and wanted.client != "generic":
        message = f"there is no profile `{wanted.client}`; there are {', '.join(PROFILES)} and generic"
        raise UsageError(message)
    return wanted


def _client_of(program: str) -> str:
    """The client that a program's name stands for; "" where it is none: then it is an agent without hooks."""
    name = os.path.basename(program)
    return next((profile.name for profile in PROFILES.values() if name in profile.programs), "")
