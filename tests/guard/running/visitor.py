"""A visitor for tests: has a command decided, shows its ticket, and says what came of it."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from dataclasses import dataclass
from typing import Any

from jackline.contain.keeper import visit
from jackline.contain.keeper.sockets import address


@dataclass
class Came:
    """What came of a visit. `code` is None where nothing started; then `sentence` says why."""

    code: int | None
    out: str
    err: str
    sentence: str = ""


def ask(desktop: Any, *words: str, cwd: str = "", session: str = "") -> tuple[int, bytes, bytes]:
    """What the guard answers to an `exec`."""
    body = b"\0".join(os.fsencode(field) for field in (cwd or str(desktop.project), session, *words))
    return desktop.ask("exec", "user", body)


def execute(desktop: Any, *words: str, stdin: bytes = b"", **more: Any) -> Came:
    """Run a command as `jackline exec` does."""
    code, out, err = ask(desktop, *words, **more)
    if code:
        return Came(None, "", "", err.decode())
    place, _, ticket = out.partition(b"\0")
    return show(os.fsdecode(place), ticket.decode(), stdin=stdin)


def show(
    place: str, ticket: str, *, stdin: bytes = b"", environment: bytes = b"", signals: tuple[int, ...] = ()
) -> Came:
    """Show a ticket, and wait for the end."""
    with (
        tempfile.TemporaryFile() as reads, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX) as keeper,
    ):  # fmt: skip
        reads.write(stdin)
        reads.seek(0)
        with address(place) as name:
            keeper.connect(name)
        hello = visit.hello(ticket, terminal=False, environment=environment or b"PATH=" + os.environb[b"PATH"] + b"\0")
        sent = socket.send_fds(keeper, [hello], [reads.fileno(), out.fileno(), err.fileno()])
        keeper.sendall(hello[sent:])
        heard = b""
        while data := keeper.recv(4096):
            heard += data
            if heard.startswith(visit.STARTED) and signals:
                for number in signals:
                    keeper.sendall(b"JX1 signal %d\n" % number)
                signals = ()
            if b"JX1 exit" in heard and heard.endswith(b"\n"):
                break
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        last = heard.removeprefix(visit.STARTED)
        if last.startswith(b"JX1 exit "):
            return Came(int(last.split()[-1]), *texts)
        return Came(None, *texts, last.partition(b"\n")[2].decode())


TERM = int(signal.SIGTERM)
