"""The user's SSH agent as a sandbox has it: it signs for logging in at hosts that were decided, and for nothing else.

The agent's protocol (draft-ietf-sshm-ssh-agent) with OpenSSH's `session-bind@openssh.com` (PROTOCOL.agent, OpenSSH ≥ 8.9): the
client proves to us by the server's own signature which server the session is with. What is to be signed must then be a login
in just that session (RFC 4252 §7). No key, no other signature, no forwarding goes through.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from jackline.contain.gateway.connection import RefusalError
from jackline.contain.gateway.flows import Cut
from jackline.contain.gateway.messages import SSH
from jackline.contain.gateway.wire import Plain
from jackline.core.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.contain.gateway.connection import Connection

FAILURE: Final = b"\x00\x00\x00\x01\x05"
MAX_FRAME: Final = 256 * 1024
MAX_SESSIONS: Final = 16
_REQUEST_IDENTITIES, _SIGN_REQUEST, _EXTENSION = 11, 13, 27
_USERAUTH_REQUEST: Final = 50
_BIND: Final = b"session-bind@openssh.com"
_PLAIN: Final = b"publickey"
_HOST_BOUND: Final = b"publickey-hostbound-v00@openssh.com"
_LENGTH: Final = 4
_RSA_HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    b"rsa-sha2-256": hashes.SHA256(),
    b"rsa-sha2-512": hashes.SHA512(),
}
_ECDSA_HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
    b"ecdsa-sha2-nistp521": hashes.SHA512(),
}


class Fields:
    """The fields of a message, one after the other. All raise `WireError`."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if count > len(self._data) - self._at:
            message = "a message to the SSH agent that ends too early"
            raise WireError(message)
        self._at += count
        return self._data[self._at - count : self._at]

    def byte(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def string(self) -> bytes:
        """Bytes with their length before them."""
        return self.take(int.from_bytes(self.take(_LENGTH), "big"))

    def end(self) -> None:
        """Nothing follows."""
        if self._at != len(self._data):
            message = "a message to the SSH agent that goes on behind its end"
            raise WireError(message)


class Bound(NamedTuple):
    """A session whose server proved itself by `host_key`."""

    session: bytes
    host_key: bytes


class Login(NamedTuple):
    """What a client wants signed: a login with `key` in `session`; `host_key` is empty in the older form."""

    session: bytes
    key: bytes
    host_key: bytes


def read_bind(fields: Fields) -> Bound:
    """The body of a binding, its proof checked. Raises `WireError`."""
    host_key, session, signature, forwarding = fields.string(), fields.string(), fields.string(), fields.byte()
    fields.end()
    if forwarding:
        message = "the SSH agent is not forwarded to another machine"
        raise WireError(message)
    if not proves(host_key, signature, session):
        message = "an SSH session that its server did not sign"
        raise WireError(message)
    return Bound(session, host_key)


def read_login(key: bytes, data: bytes) -> Login:
    """What is to be signed, if it is a login with that key. Raises `WireError`."""
    fields = Fields(data)
    session, kind, _user, service, method = (
        fields.string(), fields.byte(), fields.string(), fields.string(), fields.string(),
    )  # fmt: skip
    if kind != _USERAUTH_REQUEST or service != b"ssh-connection" or method not in {_PLAIN, _HOST_BOUND}:
        message = "the SSH agent signs logins only"
        raise WireError(message)
    signed, _algorithm, named = fields.byte(), fields.string(), fields.string()
    host_key = fields.string() if method == _HOST_BOUND else b""
    fields.end()
    if not signed or named != key:
        message = "a login with another key than the one that is to sign it"
        raise WireError(message)
    return Login(session, key, host_key)


def proves(host_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a key (in SSH's form) made a signature of data."""
    try:
        kind = Fields(host_key).string()
        key = load_ssh_public_key(kind + b" " + base64.b64encode(host_key))
        fields = Fields(signature)
        algorithm, raw = fields.string(), fields.string()
        fields.end()
        if isinstance(key, ed25519.Ed25519PublicKey) and algorithm == b"ssh-ed25519":
            key.verify(raw, data)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm == kind and algorithm in _ECDSA_HASHES:
            numbers = Fields(raw)
            r, s = (int.from_bytes(numbers.string(), "big") for _ in range(2))
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(_ECDSA_HASHES[algorithm]))
        elif isinstance(key, rsa.RSAPublicKey) and algorithm in _RSA_HASHES:
            key.verify(raw, data, padding.PKCS1v15(), _RSA_HASHES[algorithm])
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, WireError):
        return False
    return True


class Signer:
    """One connection to the agent. `hosts` are the known keys (in SSH's form) with the host of each."""

    def __init__(self, connection: Connection, agent: str, hosts: Mapping[bytes, str]) -> None:
        self._connection, self._agent, self._hosts = connection, agent, hosts
        self._bound: list[Bound] = []

    async def serve(self) -> None:
        """Request after request, each answered by the user's agent or by a refusal. Raises `Cut` and `OSError`."""
        connection = self._connection
        loop = asyncio.get_running_loop()
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)) as upstream:
            await loop.sock_connect(upstream, self._agent)
            agent = Plain(upstream)
            while request := await _frame(connection.wire):
                if await self._permitted(request):
                    await agent.send(struct.pack(">I", len(request)) + request)
                    answer = await _frame(agent)
                    await connection.wire.send(struct.pack(">I", len(answer)) + answer)
                else:
                    await connection.wire.send(FAILURE)

    async def _permitted(self, request: bytes) -> bool:
        fields = Fields(request)
        try:
            kind = fields.byte()
            if kind == _REQUEST_IDENTITIES:
                fields.end()
                return True
            if kind == _EXTENSION and fields.string() == _BIND:
                return self._bind(read_bind(fields))
            if kind == _SIGN_REQUEST:
                key, data, _flags = fields.string(), fields.string(), fields.take(_LENGTH)
                fields.end()
                await self._judge(read_login(key, data))
                return True
            self._connection.action.refused(None, "the SSH agent lists keys and signs logins, and does nothing else")
        except WireError as error:
            self._connection.action.refused(None, str(error))
        except RefusalError:
            pass  # reported where it was refused
        return False

    def _bind(self, bound: Bound) -> bool:
        if len(self._bound) >= MAX_SESSIONS:
            message = "too many SSH sessions for one connection to the agent"
            raise WireError(message)
        self._bound.append(bound)
        return True

    async def _judge(self, login: Login) -> None:
        """Raises `WireError` and `RefusalError` where it is not to be signed."""
        bound = next((one for one in self._bound if one.session == login.session), None)
        if bound is None or login.host_key not in {b"", bound.host_key}:
            message = "a login in a session whose server did not prove itself; OpenSSH from 8.9 on lets it"
            raise WireError(message)
        host = self._hosts.get(bound.host_key)
        if host is None:
            message = "a login at a server whose key is not known to belong to a host"
            raise WireError(message)
        await self._connection.decide("raw", host, SSH)


async def _frame(wire: Plain) -> bytes:
    """One message without its length; empty at the end."""
    data = b""
    while len(data) < _LENGTH or len(data) < _LENGTH + int.from_bytes(data[:_LENGTH], "big"):
        more = await wire.receive()
        if not more:
            return b""
        data += more
        if len(data) >= _LENGTH and not 0 < int.from_bytes(data[:_LENGTH], "big") <= MAX_FRAME:
            raise Cut("protocol", "a message to the SSH agent of a length that none has")
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    if data[end:]:
        wire.put_back(data[end:])
    return data[_LENGTH:end]
