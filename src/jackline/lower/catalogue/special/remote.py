"""Other machines: ssh(1) and its options (ssh_config(5)), copies (scp(1), rsync(1)), raw connections (nc(1), socat(1))."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.arguments import drop, leading
from jackline.lower.catalogue.endpoints import emit_endpoint
from jackline.lower.catalogue.grammar import Role
from jackline.lower.catalogue.roles import apply_role, joined
from jackline.lower.places.tables import words
from jackline.lower.scope import Place
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.catalogue.call import Call

_RUNS: Final = frozenset({"proxycommand", "localcommand", "knownhostscommand", "pkcs11provider", "securitykeyprovider",
                          "remotecommand", "match", "include", "xauthlocation", "proxyusefdpass"})  # fmt: skip
_TUNNELS: Final = frozenset({"localforward", "remoteforward", "dynamicforward", "tunnel"})
_FORGES: Final = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht", "ssh.github.com"})
"""Hosts that greet whoever logs in, and give no shell."""
_SOCKET: Final = Role("socket")
_HOST: Final = Role("host")
_RECORDS: Final = words(
    "a aaaa any axfr caa cname dnskey ds hinfo https in ch hs ixfr loc mx naptr ns nsec ptr soa spf srv sshfp svcb tlsa txt"
)
"""Types and classes of records (RFC 1035 and IANA's list), which stand among the names."""
_REDIS: Final = "6379"
_MEMCACHED: Final = "11211"
_TUNNEL: Final[frozenset[Label]] = frozenset({"tunnel"})
_UPLOAD: Final[frozenset[Label]] = frozenset({"upload"})
_REMOTE: Final = re.compile(r"^(?:rsync://|scp://|sftp://)|^(?:[^/:@]+@)?(?:\[[^\]]+\]|[^/:]+)::?")
_NOTHING: Final = frozenset({"none", "no", ""})


def ssh(call: Call) -> None:
    """Connect, and run a line on the other side, or open a session there that nobody can foresee."""
    ssh_options(call)
    target = call.value("host")
    if target is None:
        return
    words = call.values("line")
    words = words[leading(call.node, words, 0, call.arguments) :]
    host = _host(target)
    port = call.text("port") or (_url_port(target.text or "") if "://" in (target.text or "") else "")
    tunnel = any(call.has(option) for option in ("-L", "-R", "-D", "-W", "-w"))
    at = call.at(target)
    emit_endpoint("connect", f"{host}:{port or 22}", call.scope, at=at, labels=_TUNNEL if tunnel else frozenset())
    if not words and (call.has("-N") or call.has("-W") or call.has("-G") or host in _FORGES):
        return
    place = _place(call, host)
    call.emit("execute", "process", "ssh", at=at, reach="remote", environment=place.environment)
    if words:
        call.output = call.code("shell", joined(words) if len(words) > 1 else words[0], scope=call.inner(place=place))
    elif not call.command.stdin.empty:
        call.output = call.code("shell", call.command.stdin, scope=call.inner(place=place))
    else:
        call.scope.opaque(f"session on {host}", at=at, authorship="session")


def lookup(call: Call) -> None:
    """`dig [@SERVER] NAME [TYPE] [+FLAG]`: each name is asked for, and tells whoever answers for it what it is made of."""
    for given in call.values("name"):
        if not given.prefix.startswith("+") and (given.text or "").lower() not in _RECORDS:
            apply_role(call, drop(given, 1) if given.prefix.startswith("@") else given, _HOST)


def says(call: Call) -> None:
    """A client that hands its standard input on: what is piped in is sent."""
    for given in call.values("url"):
        if not call.command.stdin.empty:
            emit_endpoint("send", given.text or "*", call.scope, at=call.at(given), labels=frozenset({"body"}))


def _host(target: Word) -> str:
    text = "".join(part if isinstance(part, str) else "*" for part in target.parts)
    return text.removeprefix("ssh://").rpartition("@")[2].partition("/")[0].partition(":")[0].lower() or "*"


def _url_port(text: str) -> str:
    port = text.rpartition(":")[2].strip("/")
    return port if port.isdigit() else ""


def _place(call: Call, host: str) -> Place:
    environment = call.scope.surroundings.environment("endpoint", host)
    if environment == "unknown":
        environment = call.environment_of("infrastructure", f"host/{host}")
    return Place(here=False, name=host, environment=environment, reach="remote")


def ssh_options(call: Call) -> None:
    """`-o KEY=VALUE`: commands that ssh runs here, and forwards."""
    for given in call.values("option"):
        key, separator, _ = given.prefix.replace(" ", "=", 1).partition("=")
        name = key.lower()
        if given.text is None and not separator:
            call.scope.opaque(f"ssh option {given.shown}", at=call.at(given), authorship="unknown")
            continue
        value = drop(given, len(key) + 1)
        if name in _RUNS and (value.text or "x").lower() not in _NOTHING:
            call.code("shell", value)
        elif name in _TUNNELS:
            emit_endpoint("connect", "*", call.scope, at=call.at(given), labels=_TUNNEL)
        elif name == "stricthostkeychecking" and (value.text or "") in {"no", "off"}:
            continue


def remote_copy(call: Call) -> None:
    """scp: from here to a host is an upload, from a host a download."""
    ssh_options(call)
    target = call.value("target")
    if target is None:
        return
    there = _is_remote(target)
    for source in call.values("source"):
        if _is_remote(source):
            _connect(call, source)
        else:
            call.read(source, recursive=call.has("-r"))
    if there:
        _connect(call, target)
        _upload(call, target)
    else:
        sources = call.values("source")
        name = posixpath.basename((sources[0].text or "*").rpartition(":")[2]) if len(sources) == 1 else "*"
        place = (
            Word((f"{target.text.rstrip('/')}/{name}",), target.start, target.end)
            if _is_directory(call, target) and target.text
            else target
        )
        call.write(
            place,
            recursive=call.has("-r"),
            content=Data(origin="untrusted", fetched=_host(sources[0]) if sources else "*"),
        )


def _is_remote(word: Word) -> bool:
    return bool(_REMOTE.match(word.prefix)) or bool(word.holes and not word.prefix)


def _is_directory(call: Call, target: Word) -> bool:
    return target.prefix.endswith("/") or call.scope.surroundings.file(call.path(target)).kind == "directory"


def _connect(call: Call, word: Word) -> None:
    emit_endpoint("connect", f"{_copy_host(word)}:22", call.scope, at=call.at(word))


def _copy_host(word: Word) -> str:
    text = "".join(part if isinstance(part, str) else "*" for part in word.parts)
    if "://" in text:
        text = text.partition("://")[2].partition("/")[0]
    return text.partition(":")[0].rpartition("@")[2].lower() or "*"


def _upload(call: Call, word: Word) -> None:
    if call.dry:
        return
    emit_endpoint("send", f"{_copy_host(word)}:22", call.scope, at=call.at(word), labels=_UPLOAD)


def rsync(call: Call) -> None:
    """Copies; `--delete` removes what the source has not, on whichever side the target is."""
    if call.has("--daemon"):
        call.listen(f"0.0.0.0:{call.text('port') or 873}", call.command.at)  # the port of rsync (IANA)
        return
    target: Word | None = call.value("target")
    sources = call.values("source")
    if target is not None and not sources:
        sources, target = [target], None
    for source in sources:
        if _is_remote(source):
            _connect(call, source)
        else:
            call.read(source, recursive=True)
    if target is None:
        return
    if _is_remote(target):
        _rsync_there(call, target)
    else:
        _rsync_here(call, target, fetched=any(_is_remote(source) for source in sources))
    if call.may_have("--remove-source-files"):
        for source in sources:
            if not _is_remote(source):
                call.delete(source, recursive=True)


def _deletes(call: Call) -> bool:
    return call.may_have("--delete") or call.may_have("--delete-excluded")


def _rsync_there(call: Call, target: Word) -> None:
    _connect(call, target)
    _upload(call, target)
    if not _deletes(call):
        return
    place = _place(call, _copy_host(target))
    call.scope, saved = call.inner(place=place), call.scope
    call.delete(Word(((target.text or "*").partition(":")[2] or ".",), target.start, target.end), recursive=True)
    call.scope = saved


def _rsync_here(call: Call, target: Word, *, fetched: bool) -> None:
    if call.dry:
        call.read(target)
        return
    content = Data(fetched="rsync") if fetched else UNKNOWN
    if _deletes(call):
        call.delete(target, recursive=True)
    call.write(target, recursive=True, appended=call.has("--ignore-existing"), content=content)


def netcat(call: Call) -> None:
    """Listen or connect; with a command behind it, it is a shell for whoever is at the other end."""
    shell = call.has("-e") or call.has("-c") or call.has("--lua-exec")
    labels: frozenset[Label] = _TUNNEL if shell else frozenset()
    target, service = call.value("target"), call.value("service")
    if call.has("--unixsock") and target is not None:
        apply_role(call, target, _SOCKET)
    elif call.has("--listen"):
        port = (
            call.text("port")
            or (service.text if service is not None else None)
            or (target.text if target is not None else None)
            or "0"
        )
        call.listen(f"{call.text('address') or '0.0.0.0'}:{port}", call.command.at, labels)  # noqa: S104
    elif target is not None:
        port = (service.text or "").partition("-")[0] if service is not None else ""
        host = "".join(part if isinstance(part, str) else "*" for part in target.parts)
        at = call.at(target)
        emit_endpoint("connect", f"{host}:{port}" if ":" not in host else host, call.scope, at=at, labels=labels)
        if (not call.command.stdin.empty or call.command.stdin.missing) and not call.has("-z"):
            emit_endpoint("send", f"{host}:{port}", call.scope, at=at, labels=frozenset({"body"}))
            _protocol(call, port, host, at)
    call.output = Data(origin="untrusted", fetched=target.shown if target is not None else "*")


def _protocol(call: Call, port: str, host: str, at: tuple[int, int]) -> None:
    """What is typed at a store whose protocol is plain text (Redis inline commands, memcached's protocol.txt)."""
    text = call.command.stdin.text
    if port == _REDIS:
        call.code("redis", call.command.stdin, (Word((host,), *at),))
    elif port == _MEMCACHED and (text is None or "flush_all" in text or text.startswith("delete ")):
        call.emit("delete", "table", f"{host}/memcached", at=at, reversible="no", extent_all=True)


def socat(call: Call) -> None:
    """Two addresses joined: a command on one side of a connection is a tunnel."""
    addresses = [(word, *_socat_address(word)) for word in call.values("address")]
    running = any(kind in {"EXEC", "SYSTEM", "SHELL"} for _, kind, _ in addresses)
    network = sum(
        kind.startswith(("TCP", "UDP", "SSL", "OPENSSL", "SCTP", "SOCKS", "PROXY")) for _, kind, _ in addresses
    )
    labels = _TUNNEL if running or network > 1 else frozenset()
    for word, kind, rest in addresses:
        at = call.at(word)
        if kind in {"EXEC", "SYSTEM", "SHELL"}:
            call.code("shell", drop(word, word.prefix.index(":") + 1))
        elif "LISTEN" in kind or "RECV" in kind or kind.endswith("-L"):
            call.listen(f"{_bound(rest)}:{rest.partition(',')[0]}", at, labels)
        elif kind.startswith(("TCP", "UDP", "SSL", "OPENSSL", "SCTP", "SOCKS", "PROXY")):
            emit_endpoint("connect", rest.partition(",")[0], call.scope, at=at, labels=labels)
        elif kind.startswith(("UNIX-CONNECT", "UNIX-CLIENT", "GOPEN-SOCKET")):
            apply_role(call, Word((rest.partition(",")[0],), word.start, word.end), _SOCKET)
        elif kind in {"FILE", "GOPEN", "OPEN", "CREATE", "CREAT", "PIPE"} or (not kind and "/" in rest):
            call.write(Word((rest.partition(",")[0],), word.start, word.end), appended=True)


def _socat_address(word: Word) -> tuple[str, str]:
    text = "".join(part if isinstance(part, str) else "*" for part in word.parts)
    kind, colon, rest = text.partition(":")
    return (kind.upper(), rest) if colon else ("", text)


def _bound(options: str) -> str:
    found = re.search(r"bind=([^,]+)", options)
    return found[1] if found else "0.0.0.0"  # noqa: S104
