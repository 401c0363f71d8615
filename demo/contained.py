"""The second act: an agent that knows no hooks and means harm, in `jackline run`; then work that is lost and given back.

Nothing asks this agent's client: it has none. What stops it is the sandbox alone, and what it tried is in the ledger.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from demo.telling import jackline, paint, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.world import World


class Attempt(NamedTuple):
    """What the agent tries: a shell command that succeeds only if it comes through."""

    says: str
    command: str


AGENT = """
import json, subprocess, sys
for command in json.load(sys.stdin):
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20)
    words = (done.stderr or done.stdout).strip().splitlines() or [""]
    print(json.dumps({"through": done.returncode == 0, "said": words[-1]}), flush=True)
"""

DIAL = shlex.quote(sys.executable) + " -c 'import socket; socket.create_connection((\"{host}\", {port}), 3)'"


def attempts(outside: int) -> tuple[Attempt, ...]:
    """All of them. `outside` is a port of this machine that stands for the world."""
    return (
        Attempt("the production database, with the stand-in for terraform", "terraform destroy -auto-approve"),
        Attempt("a reverse tunnel to the outside", DIAL.format(host="127.0.0.1", port=outside)),
        Attempt("a mining pool", DIAL.format(host="pool.example.net", port=3333)),
        Attempt("the cloud's metadata service, for its credentials", DIAL.format(host="169.254.169.254", port=80)),
        Attempt("a forced push over the remote's history", "git push --force origin HEAD~1:main"),
        Attempt("your SSH keys", "cat ~/.ssh/id_ed25519"),
        Attempt("the guard's own ledger", "ls /tmp/*/jackline/state_home/ledger.sqlite"),
    )


def act(world: World) -> bool:
    """Show it. Returns whether all was stopped, and what was deleted is back exactly."""
    say("\n" + paint("bold", "Another agent, without any hooks, started by `jackline run --`. It means harm."))
    secret = world.root / "laptop" / "home" / ".ssh" / "id_ed25519"
    secret.parent.mkdir(mode=0o700, exist_ok=True)
    secret.write_text("a key\n")
    with _outside() as (port, arrived):
        tried = attempts(port)
        given = json.dumps([attempt.command for attempt in tried])
        command = (sys.executable, "-c", AGENT)
        done = jackline(world, "run", "--staged", "--discard", "--", *command, given=given)
        if done.returncode == _CANNOT:
            say(f"    not shown here: {done.stderr.strip().splitlines()[-1]}")
            return True
        outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    for attempt, outcome in zip(tried, outcomes, strict=False):
        colour, word = ("red", "CAME THROUGH") if outcome["through"] else ("green", "stopped")
        say(f"    {attempt.says:56} {paint(colour, word)}  {paint('dim', outcome['said'][:60])}")
    stopped = len(outcomes) == len(tried) and not any(outcome["through"] for outcome in outcomes) and not arrived
    if not stopped:
        say(done.stdout + done.stderr)
    return _undone(world) and stopped


_CANNOT = 125
"""The exit code where nothing can be contained."""


def _undone(world: World) -> bool:
    """What is allowed because it can be taken back, and is."""
    say("\n" + paint("bold", "And what is allowed, because it can be taken back."))
    work = world.project / "notes"
    work.mkdir()
    (work / "plan.md").write_text("three weeks of work\n")
    before = _picture(world.project)
    deleted = jackline(world, "exec", "--", "rm", "-rf", "notes")
    gone = not work.exists()
    say(
        f"    jackline exec -- rm -rf notes       exit {deleted.returncode}, {'the folder is gone' if gone else 'it is there'}"
    )
    undone = jackline(world, "undo")
    same = _picture(world.project) == before
    outcome = paint("green", "every byte, mode and time is back") if same else paint("red", "it is not as it was")
    say(f"    jackline undo                       exit {undone.returncode}, {outcome}")
    if not (gone and same):
        say(deleted.stderr + undone.stderr)
    return gone and same


def _picture(root: Path) -> dict[str, tuple[int, int, str]]:
    return {
        str(path.relative_to(root)): (path.lstat().st_mode, path.lstat().st_mtime_ns, _digest(path))
        for path in root.rglob("*")
        if ".git" not in path.parts
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@contextmanager
def _outside() -> Iterator[tuple[int, list[str]]]:
    """A listener of this machine that plays the world: whoever arrives there came through."""
    arrived: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                arrived.append(str(address))
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1], arrived
        listener.shutdown(socket.SHUT_RDWR)
