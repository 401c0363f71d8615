"""The user's own words for things."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.errors import ConfigurationError
from jackline.core.words import ENVIRONMENTS
from jackline.guard.world import load_resources, taught
from jackline.guard.world.resources import Resources

TEXT = """
# ours
"*.prod.example.com" = "production"
"test.prod.example.com" = "staging"
"db.internal" = { environment = "staging", labels = ["irreplaceable"] }
"endpoint:cache.*" = "development"
"~/photos/*" = { labels = ["personal", "irreplaceable"] }
"agent:mcp/fs" = { labels = ["approved"] }
"""


@pytest.fixture
def words(tmp_path):
    (tmp_path / "resources.toml").write_text(TEXT, encoding="utf-8")
    return load_resources(str(tmp_path / "resources.toml"), "/home/dev")


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("endpoint", "db.prod.example.com", "production"), ("endpoint", "DB.PROD.example.com", "production"), ("endpoint", "test.prod.example.com", "staging"),
        ("table", "db.internal", "staging"), ("endpoint", "cache.prod", "development"), ("infrastructure", "cache.prod", "production"),
        ("endpoint", "x.example.com", "unknown"), ("file", "/home/dev/test.py", "unknown"), ("infrastructure", "kube/prod-eu/default", "production"),
    ],
)  # fmt: skip
def test_the_users_word_first_then_the_name(words, kind, name, expected):
    assert words.environment(kind, name) == expected


def test_labels_add_up(words):
    assert words.labels("file", "/home/dev/photos/a.jpg") == {"personal", "irreplaceable"}
    assert words.labels("agent", "mcp/fs") == {"approved"}
    assert words.labels("file", "mcp/fs") == frozenset()


def test_without_the_file_there_are_no_words(tmp_path):
    assert load_resources(str(tmp_path / "none"), "/").environment("endpoint", "db") == "unknown"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"a" = "prod"', "there are production, staging"), ('"a" = { labels = ["odd"] }', "does not exist"), ('"a" = 3', "must be an environment"),
        ('"a" = { place = "x" }', "must be an environment"), ("a b c", "is not TOML"), ('"a" = { labels = "secret" }', "does not exist"),
    ],
)  # fmt: skip
def test_wrong_words_are_named(tmp_path, text, message):
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        load_resources(str(tmp_path / "r.toml"), "/")


def test_teaching_keeps_everything_else():
    once = taught(TEXT, "db.internal", "production")
    assert tomllib.loads(once)["db.internal"]["environment"] == "production"
    assert tomllib.loads(once)["db.internal"]["labels"] == tomllib.loads(TEXT)["db.internal"]["labels"]
    assert "# ours" in once
    assert tomllib.loads(once)["*.prod.example.com"] == "production"
    again = taught(once, "new.example", "development")
    assert tomllib.loads(again)["new.example"] == "development"
    assert taught(again, "new.example", "development") == again


def test_labels_add_up_and_an_environment_stays():
    once = taught("", "agent:mcp/notes", labels=["approved"])
    assert once == '"agent:mcp/notes" = { labels = ["approved"] }\n'
    again = taught('"db" = "staging"  # theirs\n', "db", labels=["irreplaceable"])
    assert again == '"db" = { environment = "staging", labels = ["irreplaceable"] }  # theirs\n'
    assert taught(again, "db", "production", ["backup"]).startswith(
        '"db" = { environment = "production", labels = ["backup", "irreplaceable"] }'
    )


def test_a_name_that_stands_there_otherwise_is_left_to_the_person():
    with pytest.raises(ConfigurationError, match="by hand"):
        taught('["db"]\nenvironment = "staging"\n', "db", "production")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        taught("a b", "db", "production")


@given(st.text(min_size=1, max_size=20), st.sampled_from(ENVIRONMENTS))
def test_any_name_can_be_taught(name, environment):
    assert tomllib.loads(taught("", name, environment))[name] == environment


def test_the_longest_word_counts_and_production_wins_a_tie(tmp_path):
    (tmp_path / "r.toml").write_text('"a*" = "development"\n"*b" = "production"\n', encoding="utf-8")
    assert load_resources(str(tmp_path / "r.toml"), "/").environment("endpoint", "ab") == "production"
    assert Resources().environment("endpoint", "ab") == "unknown"
