"""What a port that is opened gives to whoever reaches it: a development server's pages, or something else."""

from __future__ import annotations

from typing import Any

import pytest

from jackline.lower.surroundings import FileFacts

from .harness import compare, run, scope_of

_OPEN = ["listen endpoint * development"]
_SHUT = ["listen endpoint *"]
_PAGES: dict[tuple[str, str], Any] = {
    ("file", "/ws"): FileFacts("directory", "/ws"),
    ("file", "/ws/dist"): FileFacts("directory", "/ws/dist"),
    ("file", "/ws/away"): FileFacts("directory", "/home/u"),
    **{
        ("file", f"/ws/{name}"): FileFacts("absent")
        for name in ("http/server.py", "http/server/__main__.py", "uploadserver.py", "uploadserver/__main__.py")
    },
    ("list", "/ws"): ("README.md", "dist", "src"),
    ("list", "/ws/dist"): ("index.html",),
    ("list", "/ws/src"): ("app.js",),
}


def _with(name: str, *names: str) -> dict[tuple[str, str], Any]:
    return _PAGES | {("list", name): names}


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("python -m http.server", _PAGES, _OPEN),
        ("python -m http.server 8000 -d dist", _PAGES, _OPEN),
        ("python -m http.server", _with("/ws", ".env", "dist"), _SHUT),
        ("python -m http.server -d dist", _with("/ws", ".env", "dist"), _OPEN),
        ("python -m http.server", _with("/ws/src", "id_rsa"), _SHUT),
        ("python -m http.server", _with("/ws", *(f"d{number}" for number in range(60))), _SHUT),
        ("python -m http.server", _PAGES | {("list", "/ws"): None}, _SHUT),
        ("python -m http.server -d away", _PAGES, _SHUT),
        ("python -m http.server -d /", _PAGES, _SHUT),
        ("python -m http.server -d $X", _PAGES, _SHUT),
        ("python -m http.server 80", _PAGES, _SHUT),
        ("python -m http.server 5432", _PAGES, _SHUT),
        ("python -m http.server --cgi 8000", _PAGES, _SHUT),
        ("python -m uploadserver 8000", _PAGES, _SHUT),
        ("python -m http.server --bind 127.0.0.1", _PAGES, ["listen endpoint 127.0.0.1 development loopback"]),
        ("php -S 0.0.0.0:8000 -t dist", _PAGES, _OPEN),
        ("php -S 0.0.0.0:8000 -t /", _PAGES, _SHUT),
        ("serve -s dist -l 3000", _PAGES, _OPEN),
        ("serve -l tcp://0.0.0.0:3000 /", _PAGES, _SHUT),
        ("http-server dist --proxy http://10.0.0.1", _PAGES, _SHUT),
        ("live-server --mount=/keys:/root", _PAGES, _SHUT),
        ("uvicorn app:app --host 0.0.0.0", _PAGES, _OPEN),
        ("uvicorn app:app --host :: --port 80", _PAGES, _SHUT),
        ("gunicorn -b 0.0.0.0:8080 -b unix:/tmp/s app:app", _PAGES, _OPEN),
        ("gunicorn -b 0.0.0.0:443 app:app", _PAGES, _SHUT),
        ("flask run -h 0.0.0.0", _PAGES, _OPEN),
        ("flask run -h 0.0.0.0 --debug", _PAGES, ["listen endpoint * debug"]),
        ("node --inspect=0.0.0.0:9229 a.js", _PAGES, ["listen endpoint * debug"]),
        ("redis-server --bind 0.0.0.0", _PAGES, _SHUT),
        ("jupyter lab --ip 0.0.0.0", _PAGES, _SHUT),
    ],
)  # fmt: skip
def test_ports(text: str, answers: dict[tuple[str, str], Any], expected: list[str]) -> None:
    found = [effect for effect in run(text, scope_of(answers)) if effect.verb == "listen"]
    assert compare(found, expected) == ([], [])
