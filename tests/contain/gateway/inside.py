"""Runs a command in a network namespace whose only way out is the gateway."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

from jackline.contain.gateway import messages as say
from tests.contain.gateway.running import PATIENCE

SANDBOX = Path(__file__).with_name("sandbox.py")
ROLES = ("proxy", "dns_udp", "dns_tcp", "http", "https", "ssh")
PROXY = "http://127.0.0.1:3128"


@contextlib.contextmanager
def started(keeper, *command, environment=None, action="A1", **limits):
    """The process, its listeners served, and its spare sockets."""
    with contextlib.ExitStack() as closing:
        ours, theirs = socket.socketpair()
        closing.enter_context(ours)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, str(SANDBOX), str(theirs.fileno()), *command],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"} | (environment or {}),
            )  # fmt: skip
        closing.enter_context(process)
        closing.callback(process.kill)
        ours.settimeout(PATIENCE)
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 16)
        if not descriptors:
            raise AssertionError(process.communicate(timeout=PATIENCE)[0].decode())
        sockets = [closing.enter_context(socket.socket(fileno=descriptor)) for descriptor in descriptors]
        keeper._handed(say.Serve(action, ROLES, say.Limits(**limits)), sockets[: len(ROLES)])
        ours.sendall(b"g")
        yield process, sockets[len(ROLES) :]


def run(keeper, *command, **more):
    """Exit code and output of a command inside."""
    with started(keeper, *command, **more) as (process, _):
        out, _ = process.communicate(timeout=60)
        return process.returncode, out.decode(errors="replace")
