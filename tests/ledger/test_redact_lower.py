"""The property that lets a ledger hold actions without their secrets: the recorded action lowers to the recorded effects."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.action import Action
from jackline.core.effect import NO_EVIDENCE, Effect
from jackline.ledger.redact import Redactor
from jackline.lower.lowering import lower
from jackline.lower.surroundings import Surroundings, Table

CASES = tomllib.loads((Path(__file__).parent / "redaction.toml").read_text())["case"]
REDACTOR = Redactor(b"k" * 32)


def effects_of(action: Action) -> tuple[Effect, ...]:
    surroundings = Surroundings(Table(), cwd="/w", workspace="/w", home="/home/bob", user="bob")
    return lower(action, surroundings).effects


def without_evidence(effects: tuple[Effect, ...]) -> list[Effect]:
    """Effects up to their evidence; an opaque effect's name is a quotation, which is evidence too. Hosts have no case."""
    bare = (msgspec.structs.replace(effect, evidence=NO_EVIDENCE) for effect in effects)
    return [
        msgspec.structs.replace(effect, resource=msgspec.structs.replace(effect.resource, name=name_of(effect)))
        for effect in bare
    ]


def name_of(effect: Effect) -> str:
    return "*" if effect.verb == "opaque" else effect.resource.name.casefold()


def check(command: str) -> None:
    action = Action(tool="shell", arguments={"command": command}, cwd="/w")
    trees = REDACTOR.batch([msgspec.to_builtins(action), msgspec.to_builtins(effects_of(action))])
    recorded, effects = msgspec.convert(trees[0], Action), msgspec.convert(trees[1], tuple[Effect, ...])
    assert without_evidence(effects_of(recorded)) == without_evidence(effects), recorded.arguments["command"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_case_of_the_corpus(case: dict) -> None:
    check(case["text"])


secret = st.sampled_from([
    "hunter2", "s3cr3t", "p@ssw0rd!", "correct-horse-battery-9", "a1b2c3d4e5f6", "ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5",
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "xoxb-123456789012-AbCdEfGhIjKl", "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", "48151623", "rm", "destroy", "/etc/passwd", "-rf", "prod", "reboot1",
])  # fmt: skip
quote = st.sampled_from(["", "'", '"'])
place = st.sampled_from([
    "PGPASSWORD={0} psql -h db.prod.example.com -c 'drop table orders'", "export API_TOKEN={0}; rm -rf build",
    "curl -H 'Authorization: Bearer {0}' -X DELETE https://api.example.com/v1/things/7", "curl -u bob:{0} -d x=1 https://x.example",
    "psql postgres://bob:{0}@db.example.com/app -c 'truncate orders'", "git push https://bob:{0}@git.example.com/org/repo.git main",
    "mysql -uroot -p{0} -e 'drop database app'", "sshpass -p {0} ssh root@10.0.0.5 reboot", "docker login -u bob -p {0} ghcr.io",
    "echo {0} | sudo -S rm -rf /var/lib/x", "TOKEN={0}; $TOKEN -rf x", "PASSWORD={0}; rm -rf $PASSWORD", "SECRET={0}; terraform $SECRET",
    "API_KEY={0}; rm $API_KEY build", "DB_PASSWORD={0} bash -c 'rm -rf $DB_PASSWORD'", 'PASSWORD="{0}$(rm -rf /srv)" ./x',
    "bash -c \"export TOKEN='{0}'; rm -rf /srv\"", "python3 -c \"import os; password='{0}'; os.remove('x')\"", "redis-cli -a {0} flushall",
    "cat > .env <<EOF\nTOKEN={0}\nEOF\nrm x", "sh <<'EOF'\nexport SECRET_KEY={0}\nrm -rf /srv\nEOF", "AWS_SECRET_ACCESS_KEY={0} aws s3 rb s3://bucket --force",
    "kubectl create secret generic db --from-literal=pw={0}", "tool --password {0} --token={0} x && rm y", "TOKEN={0} && echo $TOKEN > out.txt",
    'eval "PASSWORD={0}; rm -rf /srv"', "for PASSWORD in {0} b; do rm $PASSWORD; done", "f() {{ rm $1; }}; TOKEN={0} f x", "mysql -p {0} < dump.sql",
])  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(place, secret, quote)
def test_planted_secrets(template: str, secret: str, quote: str) -> None:
    check(template.format(f"{quote}{secret}{quote}"))


words = st.sampled_from([
    "PASSWORD=", "TOKEN=", "export ", "rm ", "-rf ", "$PASSWORD ", "${TOKEN:-x} ", "; ", "&& ", "| ", "'", '"', "$(", ")", "`", "hunter2 ", "abc123def456 ",
    "cat ", "-u ", "a:b1c2 ", "https://a:b1@h/ ", "--token ", "eval ", "bash -c ", "> ", "x ", "/srv ", "\n", "\\", "{", "}", "<<EOF\n", "EOF\n", "=", ":",
])  # fmt: skip


@settings(
    deadline=None, max_examples=600, derandomize=True
)  # the words are chosen to make nonsense: none of it may make a run fail by chance
@given(st.lists(words, max_size=12).map("".join))
def test_any_command_that_is_made_of_such_words(command: str) -> None:
    check(command)
