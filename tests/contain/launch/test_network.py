"""A sandbox's network: its own loopback, what is handed out of it, and nothing else."""

from __future__ import annotations

import os
import socket

import pytest

from jackline.contain.launch import Sandbox
from jackline.contain.plan import Listener
from jackline.core.errors import ContainmentError
from tests.contain.launch.ground import PATIENCE, drain

GATEWAY = (
    Listener("tcp", "127.0.0.1", 3128),
    Listener("udp", "127.0.0.1", 53),
    Listener("tcp", "127.0.0.1", 53),
    Listener("tcp", "0.0.0.0", 80),
    Listener("tcp", "::", 80),
    Listener("tcp", "::1", 443),
)


def adopt(descriptors):
    """Sockets of handed-out descriptors."""
    return [socket.socket(fileno=os.dup(each)) for each in descriptors]


def test_listeners_are_handed_out_in_order(ground):
    sandbox, _feed, _out = ground.start("cat", listeners=GATEWAY)
    sockets = adopt(sandbox.listeners)
    names = [(each.type, *each.getsockname()[:2]) for each in sockets]
    kinds = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
    assert names == [(kinds[each.protocol], each.address, each.port) for each in GATEWAY]
    for each in sockets:
        assert not os.get_inheritable(each.fileno())
        each.close()
    sandbox.close()


@pytest.mark.parametrize("target", ["127.0.0.1", "127.9.9.9", "198.18.0.1", "198.19.255.254"])
def test_whoever_connects_inside_arrives_at_the_gateway(ground, target):
    """The addresses that names are answered with are the sandbox's own."""
    text = f"exec 3<>/dev/tcp/{target}/80; echo asked >&3; cat <&3"
    sandbox, _, out = ground.start("bash", "-c", text, listeners=GATEWAY)
    listener, *_others = adopt(sandbox.listeners[3:4])
    listener.settimeout(PATIENCE)
    connection, _ = listener.accept()
    assert connection.getsockname()[0] == target
    assert connection.recv(100) == b"asked\n"
    connection.sendall(b"answered\n")
    connection.close()
    assert os.read(out, 100) == b"answered\n"
    assert sandbox.wait(PATIENCE) == 0
    listener.close()
    sandbox.close()


def test_nothing_of_the_host_is_reached(ground):
    """Neither what listens on the host's loopback, nor on its abstract sockets, nor any address beyond."""
    name = f"jackline-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as ours, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        port = ours.getsockname()[1]
        attempts = (f"connect:{port}", "abstract")
        variables = {"PATH": "/usr/bin:/bin", "ARGUMENT": name}
        for without in ((), ("landlock",), ("landlock", "seccomp")):
            refused = ground.tries(*attempts, environment=variables, without=without)
            assert refused[0] == "ECONNREFUSED"
            assert refused[1] in {"ECONNREFUSED", "EPERM"}
    for address in ("8.8.8.8", "169.254.169.254", "10.0.0.1"):
        ran = ground.run(ground.plan("bash", "-c", f"exec 3<>/dev/tcp/{address}/80"))
        assert ran.code != 0
        assert b"unreachable" in ran.err
    assert ground.shell("cat /proc/net/dev").out.count(b":") == 1


def test_two_sandboxes_have_two_networks(ground):
    first, _, _ = ground.start("cat", listeners=GATEWAY)
    second, _, _ = ground.start("cat", listeners=GATEWAY)
    assert os.fstat(first.network).st_ino != os.fstat(second.network).st_ino
    assert ground.tries("connect:80") == ["ECONNREFUSED"]
    first.close()
    second.close()


def test_sockets_made_inside_reach_what_listens_inside(ground):
    """How a port is published; also when only a program in the background still listens."""
    sandbox, _, out = ground.start("cat", listeners=(Listener("tcp", "127.0.0.1", 5173),))
    inner, *_ = adopt(sandbox.listeners)
    made = sandbox.sockets(ground.holder, 3)
    assert len(made) == 3
    dialled = [socket.socket(fileno=each) for each in made]
    for each in dialled:
        each.settimeout(PATIENCE)
        each.connect(("127.0.0.1", 5173))
    inner.settimeout(PATIENCE)
    connection, _ = inner.accept()
    connection.sendall(b"from inside")
    assert dialled[0].recv(100) == b"from inside"
    sandbox.signal(15)
    sandbox.wait(PATIENCE)
    late = socket.socket(fileno=sandbox.sockets(ground.holder, 1)[0])
    late.connect(("127.0.0.1", 5173))
    for each in (*dialled, inner, connection, late):
        each.close()
    sandbox.close()
    assert drain(os.dup(out)) == (b"",)


def test_a_network_that_is_none_gives_no_sockets(ground):
    sandbox, _, _ = ground.start("cat")
    kept, sandbox.network = sandbox.network, os.open(os.devnull, os.O_RDONLY)
    with pytest.raises(ContainmentError, match="cannot be entered"):
        sandbox.sockets(ground.holder, 1)
    os.close(sandbox.network)
    sandbox.network = kept
    sandbox.close()


@pytest.mark.parametrize("address", ["localhost", "", "1.2.3", "::g", "8.8.8.8"])
def test_an_address_that_is_none_starts_nothing(ground, address):
    with pytest.raises(ContainmentError, match=r"is no address|cannot be listened on"):
        ground.run(ground.plan("true", listeners=(Listener("tcp", address, 80),)))


def test_the_same_port_twice_starts_nothing(ground):
    with pytest.raises(ContainmentError, match="port 80 cannot be listened on"):
        ground.run(ground.plan("true", listeners=(Listener("tcp", "127.0.0.1", 80),) * 2))


def test_as_many_listeners_as_a_plan_may_have(ground):
    listeners = tuple(Listener("tcp", "127.0.0.1", 10_000 + port) for port in range(64))
    sandbox, _, _ = ground.start("cat", listeners=listeners)
    assert len(sandbox.listeners) == 64
    assert isinstance(sandbox, Sandbox)
    sandbox.close()
