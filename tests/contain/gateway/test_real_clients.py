"""Real programs in a real network namespace: what was decided works as without Jackline, and nothing else does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys

import pytest

from jackline.contain.gateway import messages as say
from tests.contain.gateway import inside
from tests.contain.gateway.running import Server, allow, deny, dial, http_server, rest, upto

CURL = ("curl", "-sS", "--max-time", "15")
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"
WITH_PROXY = {"http_proxy": inside.PROXY, "https_proxy": inside.PROXY}


def judge(ask):
    if ask.host in {"a.test", "b.test"}:
        return allow(ask)
    return deny(ask, reason=f"{ask.host} is not what was asked for", ask=f"connect {ask.host}:{ask.port or 443}")


@pytest.fixture
def outside(authority):
    """`a.test` on port 80 and, by TLS, on 443."""

    def talk(server, connection):
        while data := connection.recv(1 << 16):
            server.seen.append(data)
            connection.sendall(HELLO)

    with http_server(HELLO) as plain, authority.server(talk, "a.test", "b.test") as secure:
        yield plain, secure, {"a.test": ["127.0.0.1"], "b.test": ["127.0.0.1"], ":80": plain.port, ":443": secure.port}


def test_curl_that_knows_no_proxy(start, outside, authority):
    _, _, names = outside
    keeper = start(judge, names)
    script = """
        curl -sS --max-time 15 http://a.test/x || exit 1
        curl -sS --max-time 15 --cacert "$0" https://a.test/y || exit 2
        curl -sS --max-time 15 http://evil.test/ ; [ $? = 6 ] || exit 3
        curl -sS --max-time 15 --cacert "$0" --connect-to evil.test:443:a.test:443 https://evil.test/ ; [ $? = 35 ] || exit 4
        curl -sS --max-time 15 -H 'Host: evil.test' http://a.test/ | head -c 60 || exit 5
    """
    code, out = inside.run(keeper, "sh", "-c", script, str(authority.file))
    assert code == 0, out
    assert out.startswith("hello\nhello\n")
    assert "Jackline: the request is for `a.test`" in out
    assert {(one.host, one.port) for one in keeper.all(say.Opened)} == {("a.test", 80), ("a.test", 443)}
    assert "evil.test" in {one.host for one in keeper.all(say.Refused)}


@pytest.mark.parametrize("proxy", ["http", "socks5h"])
def test_curl_through_the_proxy(start, outside, authority, proxy):
    plain, _, names = outside
    keeper = start(judge, names)
    where = f"{proxy}://127.0.0.1:3128"
    environment = {"http_proxy": where, "https_proxy": where, "CURL_CA_BUNDLE": str(authority.file)}
    code, out = inside.run(keeper, *CURL, "http://a.test/x", "https://b.test/y", environment=environment)
    assert (code, out) == (0, "hello\nhello\n")
    assert plain.seen[0][0].startswith(b"GET /x HTTP/1.1\r\nHost: a.test\r\n")
    code, out = inside.run(keeper, *CURL, "https://evil.test/", environment=environment, action="A2")
    assert code in {56, 97}
    if proxy == "http":
        assert "403" in out


@pytest.mark.parametrize(
    "command",
    [
        "curl -sS --max-time 5 --noproxy '*' http://1.1.1.1/",
        "curl -sS --max-time 5 --noproxy '*' http://169.254.169.254/latest/meta-data/",
        "curl -sS --max-time 5 http://169.254.169.254/latest/meta-data/ -f",
        "curl -sS --max-time 5 --proxytunnel https://evil.test/",
        "curl -sS --max-time 5 --resolve a.test:443:1.1.1.1 --noproxy '*' https://a.test/",
        "curl -sS --max-time 5 --socks4a 127.0.0.1:3128 http://a.test/",
        "exec 3<>/dev/udp/8.8.8.8/53 && echo x >&3",
        "exec 3<>/dev/tcp/198.18.77.77/443 && echo x >&3 && read -t 5 line <&3",
        "exec 3<>/dev/tcp/127.0.0.1/80 && echo x >&3 && read -t 5 line <&3",
    ],
)
def test_what_goes_round_the_proxy_goes_nowhere(start, outside, command):
    _, _, names = outside
    keeper = start(judge, names)
    code, out = inside.run(keeper, "bash", "-c", command, environment=WITH_PROXY)
    assert code != 0, out
    assert keeper.all(say.Opened) == []


def test_a_program_is_told_what_to_ask_for(start, outside):
    """Where CONNECT is refused, Python's clients show the reason and nothing else."""
    _, _, names = outside
    keeper = start(judge, names)
    script = "import urllib.request\ntry: urllib.request.urlopen('https://evil.test/')\nexcept OSError as error: print(error)"
    _, out = inside.run(keeper, sys.executable, "-c", script, environment=WITH_PROXY)
    assert "403 Jackline: evil.test is not what was asked for" in out
    script = script.replace("https", "http").replace(
        "print(error)", "print(error.headers['jackline'], error.read().decode())"
    )
    _, out = inside.run(keeper, sys.executable, "-c", script, environment=WITH_PROXY, action="A2")
    assert 'ask="connect evil.test:80"' in out


@pytest.mark.skipif(not shutil.which("ssh"), reason="ssh is not here")
def test_ssh_that_knows_no_proxy(start):
    def banner(server, connection):
        server.seen.append(upto(connection, b"\r\n"))
        connection.sendall(b"SSH-2.0-server\r\nno key exchange")

    with Server(banner) as server:
        keeper = start(judge, {"a.test": ["127.0.0.1"], ":22": server.port})
        ssh = (
            "ssh",
            "-F",
            "none",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        )
        code, out = inside.run(keeper, *ssh, "a.test", "true")
        assert code == 255, out
        assert server.seen[0].startswith(b"SSH-2.0-OpenSSH")
        assert keeper.wait(say.Closed).sent > 20
        _, out = inside.run(keeper, *ssh, "-v", "-R", "9000:localhost:22", "evil.test", action="A2")
        assert "Could not resolve hostname evil.test" in out
        assert len(server.seen) == 1


# ------------------------------------------------------------------------------------------------------------- tools
def index(server, connection):
    """A package index with one package."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        piece = connection.recv(1 << 16)
        if not piece:
            return
        data += piece
    path = data.split()[1].decode()
    server.seen.append(path)
    body = server.files.get(path)
    head = f"HTTP/1.1 {'200 OK' if body is not None else '404 No'}\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n"
    kind = "text/html" if path.endswith("/") else "application/octet-stream"
    connection.sendall(f"{head}Content-Type: {kind}\r\n\r\n".encode() + (body or b""))


def wheel(folder):
    import zipfile

    file = folder / "friendly-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("friendly.py", "HELLO = 1\n")
        archive.writestr("friendly-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: friendly\nVersion: 1.0\n")
        archive.writestr(
            "friendly-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("friendly-1.0.dist-info/RECORD", "friendly.py,,\n")
    return file


@pytest.mark.slow
def test_pip_installs_from_an_allowed_index(start, authority, tmp_path):
    with authority.server(index, "a.test") as server:
        file = wheel(tmp_path)
        server.files = {
            "/simple/friendly/": f'<a href="/files/{file.name}">{file.name}</a>'.encode(),
            f"/files/{file.name}": file.read_bytes(),
        }
        keeper = start(judge, {"a.test": ["127.0.0.1"], ":443": server.port})
        pip = (
            sys.executable,
            "-m",
            "pip",
            "--isolated",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--cert",
            str(authority.file),
        )
        command = (
            *pip,
            "--proxy",
            inside.PROXY,
            "download",
            "--no-deps",
            "-d",
            str(tmp_path / "got"),
            "-i",
            "https://a.test/simple/",
            "friendly",
        )
        code, out = inside.run(keeper, *command)
        assert code == 0, out
        assert (tmp_path / "got" / file.name).read_bytes() == file.read_bytes()
        assert {one.host for one in keeper.all(say.Opened)} == {"a.test"}
        evil = [*command[: command.index("-i") + 1], "https://evil.test/simple/", "--retries", "0", "friendly"]
        code, out = inside.run(keeper, *evil, action="A2")
        assert code != 0
        assert keeper.wait(say.Refused).host == "evil.test", out


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not here")
@pytest.mark.slow
def test_npm_asks_an_allowed_registry(start, authority, tmp_path):
    with authority.server(index, "a.test") as server:
        server.files = {
            "/friendly": b'{"name":"friendly","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"friendly","version":"1.0.0","dist":{}}}}'
        }
        keeper = start(judge, {"a.test": ["127.0.0.1"], ":443": server.port})
        npm = (
            "npm",
            "view",
            "friendly",
            "version",
            "--registry",
            "https://a.test/",
            "--cafile",
            str(authority.file),
            "--fetch-retries",
            "0",
        )
        environment = WITH_PROXY | {"HOME": str(tmp_path), "npm_config_update_notifier": "false"}
        code, out = inside.run(keeper, *npm, environment=environment)
        assert (code, out.strip().splitlines()[-1]) == (0, "1.0.0"), out


@pytest.mark.skipif(not shutil.which("git"), reason="git is not here")
@pytest.mark.slow
def test_git_clones_over_https(start, authority, tmp_path):
    work = tmp_path / "work"
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@a.test",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@a.test",
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **identity}

    def git(*words, cwd=work):
        subprocess.run(["git", *words], cwd=cwd, env=environment, check=True, capture_output=True)

    work.mkdir()
    git("init", "-q")
    (work / "file").write_text("content")
    git("add", "file")
    git("commit", "-qm", "one")
    git("clone", "-q", "--bare", str(work), str(tmp_path / "bare.git"), cwd=tmp_path)
    git("update-server-info", cwd=tmp_path / "bare.git")
    with authority.server(index, "a.test") as server:
        root = tmp_path / "bare.git"
        server.files = {
            f"/bare.git/{file.relative_to(root)}": file.read_bytes() for file in root.rglob("*") if file.is_file()
        }
        server.files["/bare.git/info/refs?service=git-upload-pack"] = server.files["/bare.git/info/refs"]
        keeper = start(judge, {"a.test": ["127.0.0.1"], ":443": server.port})
        inner = {"GIT_SSL_CAINFO": str(authority.file), "GIT_CONFIG_NOSYSTEM": "1"}
        code, out = inside.run(
            keeper, "git", "clone", "-q", "https://a.test/bare.git", str(tmp_path / "clone"), environment=inner
        )
        assert code == 0, out
        assert (tmp_path / "clone" / "file").read_text() == "content"


# ---------------------------------------------------------------------------------------------------------- publish
INNER = """
import socket
with socket.create_server(("127.0.0.1", 5173)) as server:
    print("listening", flush=True)
    while True:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"inside: " + connection.recv(100))
"""


def test_a_port_inside_is_seen_from_the_host(start):
    keeper = start(judge)
    with inside.started(keeper, sys.executable, "-c", INNER) as (process, spare):
        assert process.stdout.readline() == b"listening\n"
        with socket.create_server(("127.0.0.1", 0)) as host:
            port = host.getsockname()[1]
            keeper._handed(say.Publish("A1", 5173), [host])
        assert keeper.wait(say.Wanted).count >= 2
        keeper.send(say.Sockets("A1"), spare[:2])
        for number in range(2):
            with dial(port, b"host %d" % number) as connection:
                assert rest(connection) == b"inside: host %d" % number
        waits = dial(port, b"host 2")
        keeper.wait(say.Wanted, lambda _: True, count=2)
        keeper.send(say.Sockets("A1"), spare[2:3])
        assert rest(waits) == b"inside: host 2"
        assert [one.host for one in keeper.all(say.Opened)] == ["localhost"] * 3
