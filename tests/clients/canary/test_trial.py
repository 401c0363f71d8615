"""What a trial says of a client that obeys its guard, and of clients that do not."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from jackline.clients.canary import trial
from jackline.clients.canary.copies import without_servers
from jackline.clients.connect.interface import Programs
from jackline.clients.connect.journal import connect
from jackline.clients.connect.registry import CONNECTORS
from tests.clients.connect.conftest import Machine

CLIENT = Path(__file__).with_name("client.py")
HOOK = """#!/bin/sh
# A guard in one line: what touches its folder is denied; without its socket it fails as the real hook program does.
test -e "$2" || { echo 'Jackline: the guard does not answer' >&2; exit 2; }
case $(cat) in
  *canary-*) echo '{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"Jackline: never"}}' ;;
  *) echo '{}' ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def run(machine: Machine, mode: str) -> tuple[trial.Trial, trial.Trial]:
    hook = executable(machine.state / "hook", HOOK)
    socket = machine.state / "guard.sock"
    socket.touch()
    client = executable(
        machine.home / "claude", f'#!/bin/sh\nexec {shlex.join([sys.executable, str(CLIENT), mode])} "$@"\n'
    )
    programs = Programs(
        hook=(str(hook),), shell=(str(hook),), guard=("/bin/true",), status=("/bin/true",), socket=str(socket)
    )
    connect(CONNECTORS["claude"], machine.place(), programs)
    before = machine.files()
    found = (
        trial.guarded("claude", str(client), machine.place()),
        trial.unanswered("claude", str(client), machine.place(), str(socket)),
    )
    assert machine.files() == before  # neither the home nor the project is touched
    assert not list(machine.state.glob("canary-*"))
    return found


def test_a_client_that_obeys(machine: Machine) -> None:
    guarded, unanswered = run(machine, "obeys")
    assert (guarded.asked, guarded.worked, guarded.stopped, guarded.reason) == (True, True, True, "Jackline: never")
    assert (unanswered.worked, unanswered.stopped) == (False, True)
    assert "does not answer" in unanswered.reason


def test_a_client_that_never_asks(machine: Machine) -> None:
    guarded, unanswered = run(machine, "deaf")
    assert (guarded.worked, guarded.stopped) == (True, False)
    assert not unanswered.stopped


def test_a_client_that_runs_a_call_whose_hook_fails(machine: Machine) -> None:
    guarded, unanswered = run(machine, "lenient")
    assert guarded.stopped
    assert (unanswered.worked, unanswered.stopped) == (True, False)


def test_a_client_that_does_not_start(machine: Machine) -> None:
    guarded, _ = run(machine, "silent")
    assert (guarded.asked, guarded.worked, guarded.stopped) == (False, False, False)


def test_the_version_that_a_program_says(tmp_path: Path) -> None:
    assert trial.version_of(str(executable(tmp_path / "a", "#!/bin/sh\necho 'codex-cli 0.169.0'\n"))) == "0.169.0"
    assert trial.version_of(str(executable(tmp_path / "b", "#!/bin/sh\necho hello\n"))) == ""
    assert trial.version_of(str(tmp_path / "none")) == ""


def test_nobodys_servers_are_started() -> None:
    text = 'model = "x"\n[mcp_servers.a]\ncommand = "c"\n[mcp_servers.a.env]\nK = "v"\n["mcp_servers".b]\ncommand = "d"\n[features]\nhooks = true\n'
    assert without_servers(text) == 'model = "x"\n[features]\nhooks = true\n'


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path
