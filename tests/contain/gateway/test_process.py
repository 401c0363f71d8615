"""The gateway's own process: what it is started as, and what it could do if it were taken over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jackline.contain.gateway import messages as say
from tests.contain.gateway.running import allow, http_server, talk

PROBE = """
import json, os, socket, ssl, subprocess, sys
from jackline.contain.gateway.confinement import confine

def works(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "yes"

confined = confine()
folder, parent = sys.argv[1:]
print(json.dumps({
    "confined": confined,
    "write": works(lambda: open(folder + "/new", "w")),
    "append": works(lambda: open(folder + "/secret", "a")),
    "read": works(lambda: open(folder + "/secret")),
    "delete": works(lambda: os.unlink(folder + "/secret")),
    "list": works(lambda: os.listdir(folder)),
    "run": works(lambda: subprocess.run(["/bin/true"])),
    "signal": works(lambda: os.kill(int(parent), 0)),
    "resolve": works(lambda: socket.getaddrinfo("localhost", 80)),
    "certificates": works(ssl.create_default_context),
}))
"""


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    (folder / "secret").write_text("s")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder), str(os.getpid())], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("act", ["write", "append", "read", "delete", "list", "run", "signal"])
def test_what_it_cannot_do(probed, act):
    assert probed["confined"]
    assert probed[act] == "PermissionError"


@pytest.mark.parametrize("act", ["resolve", "certificates"])
def test_what_it_needs(probed, act):
    assert probed[act] == "yes"


def test_it_is_a_module_and_resolves_as_the_system_does(start):
    with http_server() as server:
        keeper = start(allow, command=[sys.executable, "-m", "jackline.contain.gateway"])
        [proxy] = keeper.serve("proxy")
        said = talk(
            proxy, f"GET http://localhost:{server.port}/ HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode()
        )
        assert said.startswith(b"HTTP/1.1 200 OK")
        said = talk(proxy, b"GET http://no.such.name.invalid/ HTTP/1.1\r\nHost: no.such.name.invalid\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 502 Jackline: `no.such.name.invalid` cannot be resolved")
        assert keeper.wait(say.Opened).address in {"127.0.0.1", "::1"}


def test_nobody_looks_into_its_memory(start):
    keeper = start(allow)
    keeper.serve("proxy")
    status = Path(f"/proc/{keeper.pid}/status").read_text(encoding="ascii")
    assert "NoNewPrivs:\t1" in status
    assert Path(f"/proc/{keeper.pid}/limits").read_text(encoding="ascii").split("Max core file size")[1].split()[
        :2
    ] == ["0", "0"]


def test_without_a_control_socket_it_says_so():
    done = subprocess.run(
        [sys.executable, "-m", "jackline.contain.gateway"], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert b"Jackline: the gateway cannot begin" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_fault_of_ours_ends_one_connection(start):
    """The table says no address: what a resolver should never give, our code does not expect."""
    with http_server() as server:
        keeper = start(allow, {"a.test": ["127.0.0.1"], "b.test": ["what"]})
        [proxy] = keeper.serve("proxy")
        assert talk(proxy, b"GET http://b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n") == b""
        assert keeper.wait(say.Alert).kind == "fault"
        request = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        assert talk(proxy, request).startswith(b"HTTP/1.1 200 OK")
