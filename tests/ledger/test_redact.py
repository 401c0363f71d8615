from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.action import Action
from jackline.core.codec import encode
from jackline.core.effect import Effect, Resource
from jackline.ledger.redact import Redactor, may_hold_secrets, redactor
from jackline.ledger.redact.find import PLACEHOLDER, find_secrets
from jackline.ledger.redact.named import secret_name
from jackline.ledger.redact.rules import FORMATS, PLACES
from jackline.ledger.redact.sieve import KEYWORDS
from jackline.ledger.redact.work import MAX_CANDIDATES, Work

CASES = tomllib.loads((Path(__file__).parent / "redaction.toml").read_text())["case"]
REDACTOR = Redactor(b"k" * 32)


def secrets_of(case: dict) -> list[str]:
    secret = case.get("secret", [])
    return [secret] if isinstance(secret, str) else secret


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_corpus(case: dict) -> None:
    text = case["text"]
    redacted = REDACTOR.text(text)
    for secret in secrets_of(case):
        assert secret in text
        assert secret not in redacted
    for kept in case.get("keep", []):
        assert kept in text
        assert kept in redacted
    if not secrets_of(case):
        assert redacted == text
    assert len(PLACEHOLDER.findall(redacted)) >= len(secrets_of(case))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_redacting_twice_changes_nothing(case: dict) -> None:
    once = REDACTOR.text(case["text"])
    assert REDACTOR.text(once) == once


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_sieve_lets_no_secret_through(case: dict) -> None:
    """Also where the text stands in JSON, as it does in the ledger."""
    if secrets_of(case):
        assert may_hold_secrets(case["text"].encode())
        assert may_hold_secrets(repr(case["text"]).encode())


def test_equal_secrets_have_equal_placeholders_under_one_key_only() -> None:
    first, second = (REDACTOR.text(f"{name}_PASSWORD=hunter2 x").split()[0][-12:] for name in ("A", "B"))
    assert first == second
    assert REDACTOR.text("A_PASSWORD=hunter3 x").split()[0][-12:] != first
    assert Redactor(b"j" * 32).text("A_PASSWORD=hunter2 x").split()[0][-12:] != first


def test_a_placeholder_is_an_identifier_where_the_secret_was() -> None:
    assert REDACTOR.placeholder("hunter2").startswith("JLSECRET_")
    assert REDACTOR.placeholder("2-hunters").startswith("JLSECRET-")
    assert PLACEHOLDER.fullmatch(REDACTOR.placeholder("x y"))


@pytest.mark.parametrize("name", ["PGPASSWORD", "DB_PASS", "dbPwd", "password", "client_secret", "apiKey", "X-Api-Key", "GITHUB_PAT",
                                  "AWS_SECRET_ACCESS_KEY", "accessToken", "SECRET_KEY_BASE", "REDISCLI_AUTH", "AccountKey", "SSHPASS"])  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert secret_name(name)


@pytest.mark.parametrize("name", ["PWD", "OLDPWD", "key", "KEY", "primary_key", "public_key", "max_tokens", "nextToken", "bypass", "TOKEN_FILE",
                                  "password_hash_rounds", "secretName", "author", "monkey", "path", "pat", "", "_", "stop_token"])  # fmt: skip
def test_names_of_other_things(name: str) -> None:
    assert not secret_name(name)


# ------------------------------------------------------------------------------------------------ structured data


def test_values_under_a_secrets_name_in_json() -> None:
    tree = {
        "user": "bob",
        "password": "correct horse",
        "nested": {"apiKey": "abcd1234efgh"},
        "count": 3,
        "secret": True,
    }
    redacted = REDACTOR.tree(tree)
    assert (redacted["user"], redacted["count"], redacted["secret"]) == ("bob", 3, True)
    assert PLACEHOLDER.fullmatch(redacted["password"])
    assert PLACEHOLDER.fullmatch(redacted["nested"]["apiKey"])


def test_names_with_values_beside_them() -> None:
    assert PLACEHOLDER.fullmatch(REDACTOR.tree({"name": "DB_PASSWORD", "value": "swordfish"})["value"])
    assert PLACEHOLDER.fullmatch(REDACTOR.tree(["variable", "DB_PASSWORD", "hunter2"])[2])
    assert PLACEHOLDER.fullmatch(REDACTOR.tree(["tool", "--api-key", "abcd1234efgh", "run"])[2])
    assert REDACTOR.tree(["psql", "--password", "production"])[2] == "production"
    headers = REDACTOR.tree({"headers": {"Authorization": "Bearer abc123def456", "Accept": "*/*"}})["headers"]
    assert headers["Authorization"].startswith("Bearer JLSECRET")
    assert headers["Accept"] == "*/*"


def test_a_secret_in_one_tree_is_one_in_all_that_belong_to_it() -> None:
    request, result = REDACTOR.batch(
        [{"command": "TOKEN=a1b2c3d4e5f6 ./x"}, {"text": "sent a1b2c3d4e5f6 to the server"}]
    )
    placeholder = PLACEHOLDER.findall(request["command"])[0]
    assert result["text"] == f"sent {placeholder} to the server"


def test_keys_that_are_secrets_are_replaced() -> None:
    assert list(REDACTOR.tree({"ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5": 1})) == [
        REDACTOR.placeholder("ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5")
    ]


def test_what_an_effect_is_named_after_is_kept() -> None:
    """`PASSWORD=data2; rm -rf $PASSWORD` deletes a folder that is called `data2`."""
    action = Action(tool="shell", arguments={"command": "PASSWORD=data2; rm -rf $PASSWORD"}, cwd="/w")
    assert "data2" not in REDACTOR.action(action).arguments["command"]
    effects = (Effect("delete", Resource("file", "/w/data2")),)
    assert REDACTOR.action(action, effects) == action
    tree = {"resource": {"kind": "file", "name": "/w/data2"}, "verb": "delete"}
    assert REDACTOR.batch([{"command": "PASSWORD=data2; rm -rf $PASSWORD"}, tree])[0]["command"].startswith(
        "PASSWORD=data2;"
    )


def test_an_opaque_effects_name_keeps_nothing() -> None:
    tree = {"resource": {"kind": "process", "name": "hunter2"}, "verb": "opaque"}
    assert "hunter2" not in REDACTOR.batch([{"command": "DB_PASSWORD=hunter2 ./x"}, tree])[0]["command"]


def test_a_known_format_is_a_secret_even_in_a_name() -> None:
    token = "ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
    tree = {"resource": {"kind": "file", "name": f"/w/{token}"}, "verb": "delete"}
    assert token not in str(REDACTOR.batch([{"command": f"rm {token}"}, tree]))


def test_everyday_commands_hold_no_secrets() -> None:
    lines = (Path(__file__).parents[1] / "corpus" / "everyday" / "commands.jsonl").read_text().splitlines()
    commands = [json.loads(line)["command"] for line in lines]
    assert [command for command in commands if REDACTOR.text(command) != command] == []


# ------------------------------------------------------------------------------------------------ any text

pieces = st.sampled_from([
    "PASSWORD=", "token: ", '"secret":', "--api-key ", "://a:", "@h", "ghp_", "eyJ", "AKIA", "-----BEGIN PRIVATE KEY-----", "\n", "\\n", "'", '"',
    "$(", ")", "`", "${X", "}", "$", " ", ";", "|", "Authorization: Bearer ", "cookie: a=", "curl -u ", "abcDEF123456", "x" * 40, "=", "\\", "é", "\ud800",
])  # fmt: skip
hostile = st.one_of(st.text(max_size=80), st.lists(pieces | st.text(max_size=12), max_size=14).map("".join))


@settings(deadline=None, max_examples=400)
@given(hostile)
def test_any_text_is_redacted_once_and_keeps_what_a_shell_acts_on(text: str) -> None:
    redacted = REDACTOR.text(text)
    assert REDACTOR.text(redacted) == redacted
    for opener in ("$(", "`", "<(", ">("):
        assert redacted.count(opener) == text.count(opener)
    if not find_secrets(text, Work()):
        assert redacted == text


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([rule for rule in FORMATS if "(?<=" not in rule.pattern.pattern[30:]]), st.data(), hostile, hostile
)
def test_a_known_format_is_found_wherever_it_stands(rule, data: st.DataObject, before: str, after: str) -> None:
    secret = data.draw(
        st.from_regex(re.compile(rule.pattern.pattern, re.ASCII), fullmatch=True).filter(
            lambda text: text.strip() == text
        )
    )
    assert secret not in REDACTOR.text(f"{before} {secret} {after}")


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_no_keyword_can_stand_in_a_digest(keyword: str) -> None:
    assert re.fullmatch(r"[0-9a-f-]+", keyword) is None


@pytest.mark.parametrize("rule", [*FORMATS, *PLACES], ids=lambda rule: rule.name)
def test_every_rule_has_hints_in_lower_case(rule) -> None:
    assert rule.hints
    assert all(hint == hint.lower() and hint for hint in rule.hints)


@pytest.mark.parametrize("unit", ["http ", "a=b:", "'", '"', "PASSWORD=", "eyJ", "://a:", "curl -u a:", "cookie: ", "-----BEGIN PRIVATE KEY-----", "\\", "$(", "a" * 50 + "@", 'token:"', "echo a ", "login x password ", "token=", "token=-"])  # fmt: skip
def test_work_is_linear_in_the_text(unit: str) -> None:
    """Counts nothing by the clock: a text of 200 KB that took quadratic time would take minutes, and the run its limit."""
    REDACTOR.text(unit * (200_000 // len(unit)))


@pytest.mark.parametrize("texts", [1, 40])
def test_what_could_not_be_looked_at_is_not_kept(texts: int) -> None:
    text = (
        "".join(f"key{number}_token=a{number:09}z\n" for number in range(MAX_CANDIDATES // texts + 200))
        + "DB_PASSWORD=hunter2\n"
    )
    redacted = REDACTOR.tree([text] * texts)
    assert "hunter2" not in str(redacted)
    assert "a000000001z" not in str(redacted)
    assert redacted[-1].endswith("]")
    assert f"[cut: {len(text)} bytes, SHA-256 " in redacted[-1]
    assert "JLSECRET" in redacted[0], "the first text's beginning is looked at and kept"


@pytest.mark.parametrize("space", ["\n", "\t", "\r\n", " "])
def test_the_sieve_reads_escaped_spaces_as_spaces(space: str) -> None:
    text = f"curl https://x.example{space}-b sid=8f3kd93kd9"
    assert may_hold_secrets(encode({"command": text}))
    assert "8f3kd93kd9" not in REDACTOR.text(text)


trees = st.recursive(
    st.sampled_from([case["text"] for case in CASES]) | st.text(max_size=20) | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["command", "password", "name", "value", "-p", "cookie"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(trees)
def test_leaving_harmless_parts_alone_changes_nothing(tree: object) -> None:
    quick = REDACTOR.tree(tree)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redactor, "_MAX_SIEVED", -1)
        assert REDACTOR.tree(tree) == quick
