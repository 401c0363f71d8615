"""Two hundred secrets, planted where agents leave them, and then looked for in every byte that reached the disk."""

from __future__ import annotations

import random
import string
from pathlib import Path
from typing import TYPE_CHECKING

from jackline.core.event import Event
from tests.ledger.ledgers import START, open_in

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 200
LETTERS = string.ascii_letters + string.digits
MAKERS: tuple[Callable[[Callable[[int], str]], str], ...] = (
    lambda word: f"ghp_{word(36)}",
    lambda word: f"sk-proj-1{word(40)}",
    lambda word: f"xoxb-1{word(24)}",
    lambda word: f"AIza{word(35)}",
    lambda word: f"AKIA{word(16).upper()}",
    lambda word: f"glpat-{word(20)}",
    lambda word: f"npm_{word(36)}",
    lambda word: f"eyJ{word(20)}.eyJ{word(30)}.{word(43)}",
    lambda word: f"{word(6)}1+{word(20)}/{word(12)}Zz=",
    lambda word: f"p1-{word(12)}",
)
PLACES = (
    lambda s: {"arguments": {"command": f"export API_TOKEN={s} && make deploy"}},
    lambda s: {"arguments": {"command": f"curl -H 'Authorization: Bearer {s}' https://api.example.com"}},
    lambda s: {"arguments": {"command": f"curl -u bob:{s} https://api.example.com"}},
    lambda s: {"arguments": {"path": "/w/.env", "content": f"A=1\nDB_PASSWORD={s}\nB=2\n"}},
    lambda s: {"arguments": {"path": "/w/config.json", "content": f'{{"user": "bob", "password": "{s}"}}'}},
    lambda s: {"arguments": {"url": "https://api.example.com", "headers": {"X-Api-Key": s}}},
    lambda s: {"arguments": {"nested": [{"client_secret": s}]}},
    lambda s: {"arguments": {"env": [{"name": "SECRET_KEY", "value": s}]}},
    lambda s: {"answers": [["variable", "DEPLOY_TOKEN", s]]},
    lambda s: {"arguments": {"command": f"echo {s} | docker login -u bob --password-stdin ghcr.io"}},
    lambda s: {"text": f"deploying…\nerror: token={s} was refused\n"},
    lambda s: {"decision": {"effects": [{"verb": "connect", "evidence": {"text": f"--token={s}"}, "resource": {"name": "x"}}]}},
    lambda s: {"arguments": {"argv": ["tool", "--api-key", s]}},
    lambda s: {"arguments": {"command": f"bash -c \"export TOKEN='{s}'; ./run\""}},
    lambda s: {"arguments": {"content": f"-----BEGIN PRIVATE KEY-----\nMIIB{s.replace('-', '').replace('_', '').replace('.', '')}"}},
    lambda s: {"arguments": {"statement": f"ALTER ROLE bob PASSWORD '{s}'"}},
)  # fmt: skip


def test_no_planted_secret_reaches_the_disk(tmp_path: Path) -> None:
    chance = random.Random(22)
    secrets = [
        MAKERS[number % len(MAKERS)](lambda length: "".join(chance.choices(LETTERS, k=length)))
        for number in range(COUNT)
    ]
    with open_in(tmp_path) as ledger:
        for number, secret in enumerate(secrets):
            data = PLACES[number % len(PLACES)](secret)
            ledger.append(
                [Event(kind="requested", at=START + number, session="s", action=f"A{number}", data=data)], durable=True
            )
            if number % 50 == 0:
                ledger.checkpoint()
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {"ledger.sqlite", "ledger.sqlite-wal"} <= {path.name for path in written}
        disk = b"\x00".join(path.read_bytes() for path in written)
        bodies = "\n".join(entry.body for entry in ledger.entries())
    found = [secret for secret in secrets if secret.encode() in disk or secret.replace("/", "\\/").encode() in disk]
    assert found == []
    key = [secret for secret in secrets if secret.replace("-", "").replace("_", "").replace(".", "").encode() in disk]
    assert key == []
    assert bodies.count("JLSECRET") >= COUNT


def test_an_equal_secret_can_be_followed_through_the_ledger(tmp_path: Path) -> None:
    with open_in(tmp_path) as ledger:
        ledger.append(
            [Event(kind="requested", at=1, action="A1", data={"arguments": {"command": "TOKEN=a1b2c3d4e5f6 x"}})]
        )
        ledger.append([Event(kind="finished", at=2, action="A2", data={"text": '{"token": "a1b2c3d4e5f6"}'})])
        first, second = (entry.body for entry in ledger.entries())
    placeholder = ledger.redactor.placeholder("a1b2c3d4e5f6")
    assert placeholder in first
    assert placeholder in second
