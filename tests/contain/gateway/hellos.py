"""ClientHellos: real ones, and hand-made ones that no library would send."""

from __future__ import annotations

import contextlib
import ssl


def real(name="example.com", protocols=()):
    """As OpenSSL sends it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    out = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return out.read()


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return kind.to_bytes(2, "big") + vector(2, data)


def server_name(*hosts, kind=0):
    return extension(0, vector(2, b"".join(bytes([kind]) + vector(2, host) for host in hosts)))


def body(extensions, version=b"\x03\x03"):
    return version + bytes(32) + vector(1, b"") + vector(2, b"\x13\x01") + vector(1, b"\0") + extensions


def message(*extensions):
    inner = body(vector(2, b"".join(extensions)))
    return b"\x01" + vector(3, inner)


def records(data, size=1 << 14, kind=22):
    return b"".join(bytes([kind, 3, 1]) + vector(2, data[at : at + size]) for at in range(0, len(data), size))


def made(*extensions, size=1 << 14):
    return records(message(*extensions), size)
