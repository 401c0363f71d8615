"""The user's SSH agent, a real one: it signs logins at decided hosts, whose servers proved themselves, and nothing else."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import struct
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway import messages as say
from jackline.contain.gateway.signing import Fields, proves, read_bind, read_login
from jackline.core.errors import WireError
from tests.contain.gateway.running import PATIENCE, allow, deny

pytestmark = pytest.mark.skipif(not shutil.which("ssh-agent"), reason="ssh-agent is not here")

SESSION = b"s" * 32


def string(data):
    return struct.pack(">I", len(data)) + data


def public(key):
    return base64.b64decode(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])


def number(value):
    return string(value.to_bytes((value.bit_length() + 8) // 8, "big"))


def signature(key, data):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return string(b"ssh-ed25519") + string(key.sign(data))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
        return string(b"ecdsa-sha2-nistp256") + string(number(r) + number(s))
    return string(b"rsa-sha2-512") + string(key.sign(data, padding.PKCS1v15(), SHA512()))


HOST_KEYS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa": ec.generate_private_key(ec.SECP256R1()),
    "rsa": rsa.generate_private_key(65537, 2048),
}
HOST, OTHER = HOST_KEYS["ed25519"], ed25519.Ed25519PrivateKey.generate()


def bind(host=HOST, session=SESSION, *, signer=None, forwarding=0):
    signed = signature(signer or host, session)
    return (
        b"\x1b"
        + string(b"session-bind@openssh.com")
        + string(public(host))
        + string(session)
        + string(signed)
        + bytes([forwarding])
    )


def login(key, session=SESSION, *, host=HOST, named=None, service=b"ssh-connection", kind=50):
    method = b"publickey-hostbound-v00@openssh.com" if host else b"publickey"
    data = (
        string(session)
        + bytes([kind])
        + string(b"git")
        + string(service)
        + string(method)
        + b"\1"
        + string(b"ssh-ed25519")
    )
    data += string(named or key) + (string(public(host)) if host else b"")
    return b"\x0d" + string(key) + string(data) + struct.pack(">I", 0)


# --------------------------------------------------------------------------------------------------- a real agent
@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """A socket of an agent with one key, and that key in SSH's form."""
    folder = tmp_path_factory.mktemp("agent")
    key, path = folder / "id", folder / "agent"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, capture_output=True)
    with subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.stdout.readline()  # said once it listens
            environment = {"SSH_AUTH_SOCK": str(path), "PATH": os.environ["PATH"]}
            subprocess.run(["ssh-add", "-q", str(key)], env=environment, check=True, capture_output=True)
            yield str(path), base64.b64decode((folder / "id.pub").read_text().split()[1])
        finally:
            process.kill()


@pytest.fixture
def inside(start, agent, tmp_path):
    """The agent's socket as a sandbox has it: `inside(judge)` gives the keeper and a connection."""
    opened = []

    def begin(judge=allow):
        keeper = start(judge)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "agent"))
        listener.listen(8)
        hosts = {"git.test": tuple(base64.b64encode(public(key)).decode() for key in HOST_KEYS.values())}
        keeper._handed(say.SshAgent("A1", agent[0], hosts), [listener])
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(PATIENCE)
        one.connect(str(tmp_path / "agent"))
        opened.append(one)
        return keeper, one

    yield begin
    for one in opened:
        one.close()


def ask(connection, message):
    connection.sendall(string(message))
    length = int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big")
    return connection.recv(length, socket.MSG_WAITALL)


@pytest.mark.parametrize("host", HOST_KEYS.values(), ids=HOST_KEYS)
def test_a_login_at_a_decided_host_is_signed(inside, agent, host):
    keeper, connection = inside()
    assert ask(connection, b"\x0b")[0] == 12
    assert ask(connection, bind(host)) == b"\x06"
    request = login(agent[1], host=host)
    answer = ask(connection, request)
    assert answer[0] == 14
    data = Fields(request[1:])
    data.string()
    assert proves(agent[1], Fields(answer[1:]).string(), data.string())
    asked = keeper.wait(say.Ask)
    assert (asked.via, asked.host, asked.port) == ("raw", "git.test", 22)
    assert ask(connection, login(agent[1], host=None))[0] == 14  # as clients before 8.9 of servers before 8.9 are asked


def test_a_login_at_a_host_that_was_not_decided(inside, agent):
    keeper, connection = inside(deny)
    assert ask(connection, bind()) == b"\x06"
    assert ask(connection, login(agent[1])) == b"\x05"
    assert keeper.wait(say.Refused).host == "git.test"


REFUSED = {
    "no server has proved itself": lambda key: [login(key)],
    "another session": lambda key: [bind(), login(key, b"t" * 32)],
    "another server than the one of the session": lambda key: [bind(), login(key, host=OTHER)],
    "a server that nobody knows": lambda key: [bind(OTHER), login(key, host=OTHER)],
    "a proof by another key": lambda _: [bind(signer=OTHER)],
    "a proof for another session": lambda _: [bind().replace(SESSION, b"t" * 32, 1)],
    "something behind a proof": lambda _: [bind() + b"x"],
    "a session that is forwarded": lambda _: [bind(forwarding=1)],
    "another key in the login": lambda key: [bind(), login(key, named=public(OTHER))],
    "another service": lambda key: [bind(), login(key, service=b"ssh-userauth")],
    "another message": lambda key: [bind(), login(key, kind=51)],
    "a signature of a file": lambda key: [
        bind(),
        b"\x0d" + string(key) + string(b"SSHSIG" + string(b"git") + bytes(40)) + bytes(4),
    ],
    "adding a key": lambda key: [b"\x11" + string(b"ssh-ed25519") + string(key)],
    "removing all keys": lambda _: [b"\x13"],
    "locking it": lambda _: [b"\x16" + string(b"password")],
    "another extension": lambda _: [b"\x1b" + string(b"query")],
    "something behind a request": lambda _: [b"\x0b\x00"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_else_reaches_the_agent(inside, agent, name):
    keeper, connection = inside()
    *before, last = REFUSED[name](agent[1])
    assert all(ask(connection, one) == b"\x06" for one in before)
    assert ask(connection, last) == b"\x05"
    assert ask(connection, b"\x0b")[0] == 12
    assert keeper.wait(say.Refused)


def test_real_programs(inside, tmp_path):
    keeper, _ = inside()
    environment = {"SSH_AUTH_SOCK": str(tmp_path / "agent"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*command):
        return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=30)

    listed = run("ssh-add", "-L")
    assert listed.stdout.startswith(b"ssh-ed25519 ")
    (tmp_path / "id.pub").write_bytes(listed.stdout)
    (tmp_path / "file").write_text("anything")
    signed = run("ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(tmp_path / "id.pub"), str(tmp_path / "file"))
    assert signed.returncode != 0
    assert keeper.wait(say.Refused, lambda told: "logins only" in told.text or "too early" in told.text)
    assert run("ssh-add", "-D").returncode != 0
    assert run("ssh-add", "-L").stdout == listed.stdout


def test_a_length_that_none_has(inside):
    _, connection = inside()
    connection.sendall(b"\xff\xff\xff\xff")
    assert connection.recv(1) == b""


@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(noise, at):
    """A session that is accepted was signed by its server; a login that is accepted is with the key that signs it."""
    key = public(OTHER)
    proof, signed = bind()[29:], login(key)[5 + len(key) + 4 : -4]
    for whole, read in ((proof, lambda data: read_bind(Fields(data))), (signed, lambda data: read_login(key, data))):
        for data in (noise, whole[:at] + noise + whole[at:]):
            try:
                found = read(data)
            except WireError:
                continue
            assert found == (SESSION, public(HOST)) if whole is proof else found.key == key
    assert not proves(noise, noise, noise)
