"""What is stopped: by a pattern, by a port, by what another program lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.places.processes import ANY_PROCESS, as_data, environment_of_process, listed, narrowed, port_name


@pytest.mark.parametrize(
    "name",
    [
        "vite", "vite --port 5173", "[v]ite", "^vite$", "next dev", "next.*dev", "node_modules/.bin/vite", "npm run dev", "npm start",
        "yarn dev", "pnpm run dev:web", "python manage.py runserver", "python3 -m http.server 8000", "uvicorn app.main:app",
        "cargo run", "go run ./cmd/api", "pytest", "jest|vitest", "(vite|webpack)",
        "rails s", "php artisan serve", "bundle exec jekyll serve", "http\\.server", "port:3000", "port:3000,5173", "pidfile:/ws/a.pid",
    ],
)  # fmt: skip
def test_development(name: str) -> None:
    assert environment_of_process(name) == "development"


@pytest.mark.parametrize(
    "name",
    [
        "", "*", ".", ".*", "node", "python", "python3", "java", "npm", "npm run", "npm run deploy", "yarn", "next", "nextcloud", "expo", "exporter",
        "node_exporter", "postgres", "mysqld", "redis-server", "nginx", "sshd", "systemd", "dockerd", "jackline", "jackline-guard",
        "claude", "vite|sshd", "(vite|.)", "vite|", "e", "serve", "gunicorn", "celery", "backup.py", "python backup.py", "bash", "-1", "pid:1",
        "port:22", "port:80", "port:8080", "node server.js", "port:443", "port:5432", "port:6379", "port:0", "port:", "port:3000,5432", "port:x", "make deploy", "vitess",
    ],
)  # fmt: skip
def test_anything_else(name: str) -> None:
    assert environment_of_process(name) == "unknown"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("pgrep -f vite", "vite"),
        ("pgrep -u root vite", ""),
        ("pgrep -v vite", ""),
        ("pgrep", ""),
        ("pidof node", "node"),
        ("pidof node sshd", ""),
        ("lsof -ti:3000", "port:3000"),
        ("lsof -t -i:3000", "port:3000"),
        ("lsof -t -i :3000", "port:3000"),
        ("lsof -nP -iTCP:3000 -sTCP:LISTEN -t", "port:3000"),
        ("lsof -ti tcp:3000,3001", "port:3000,3001"),
        ("lsof -ti:3000 -i:3001", "port:3000,3001"),
        ("lsof -t -u root -i:3000", ""),
        ("lsof -t /var/lib", ""),
        ("lsof -ti", ""),
        ("lsof -ti@10.0.0.1:3000", ""),
        ("fuser 3000/tcp", "port:3000"),
        ("fuser -n tcp 3000", "port:3000"),
        ("fuser /mnt", ""),
        ("fuser 3000/tcp 22/tcp", ""),
        ("ps aux", ANY_PROCESS),
        ("netstat -tlnp", ANY_PROCESS),
        ("ls", ""),
    ],
)
def test_listed(line: str, name: str) -> None:
    assert listed(line.split()) == name


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        (ANY_PROCESS, ["grep", "vite"], "vite"),
        (ANY_PROCESS, ["grep", ":3000"], "port:3000"),
        (ANY_PROCESS, ["grep", "-v", "grep"], ANY_PROCESS),
        (ANY_PROCESS, ["awk", "/vite/ {print $2}"], "vite"),
        (ANY_PROCESS, ["awk", "{print $2}"], ANY_PROCESS),
        (ANY_PROCESS, ["grep", "vite", "/etc/passwd"], ""),
        (ANY_PROCESS, ["grep", "-f", "list"], ""),
        ("vite", ["grep", "-v", "grep"], "vite"),
        ("vite", ["awk", "{print $2}"], "vite"),
        ("vite", ["awk", "{print 1}"], ""),
        ("vite", ["head", "-1"], "vite"),
        ("vite", ["sed", "s/.*/1/"], ""),
        ("vite", ["base64"], ""),
        ("vite", ["cut", "-d", " ", "-f", "2"], "vite"),
        ("vite", ["cut", "-c1-2"], ""),
        ("vite", ["head", "-c", "2"], ""),
        ("vite", ["tr", "1", "2"], ""),
    ],
)
def test_narrowed(before: str, words: list[str], after: str) -> None:
    found = narrowed(words, as_data("ps", before))
    assert (found.pids_of if found is not None else "") == after


@given(st.lists(st.text(max_size=12), max_size=4), st.sampled_from(["grep", "awk", "head", "cut", "sed", "tr"]))
def test_a_filter_of_others_makes_no_development(arguments: list[str], program: str) -> None:
    """What is left of a list of any processes is named by the filter, or by nothing."""
    found = narrowed([program, *arguments], as_data("ps", "sshd"))
    assert found is None or environment_of_process(found.pids_of) == "unknown"


@given(st.text(max_size=40))
def test_names_are_read(text: str) -> None:
    """Whatever stands there."""
    assert environment_of_process(text) in {"development", "unknown"}
    assert environment_of_process(f"port:{text}") in {"development", "unknown"}
    assert text.endswith(port_name(text)) or port_name(text).removeprefix("port:") in text
    listed(["lsof", text])
    listed(["ss", text])
