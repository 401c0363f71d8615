"""The user's own words for things: `resources.toml`.

    "*.prod.example.com" = "production"
    "db.internal" = { environment = "staging", labels = ["irreplaceable"] }
    "infrastructure:kube/prod-*" = "production"

A key is a glob over a resource's name, with the kind and a colon before it where it is meant for one kind only. The longest
key that matches says the environment; labels add up.
"""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from jackline.core.deferred import late_pattern
from jackline.core.errors import ConfigurationError
from jackline.core.inner import FrozenInner
from jackline.core.words import ENVIRONMENTS, KINDS, LABELS
from jackline.guard.world.disk import read_bytes
from jackline.lower.places import environment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Environment, Label

MAX_BYTES: Final = 1024 * 1024
_BY_NAME: Final = frozenset({"endpoint", "infrastructure", "table", "account", "secret"})
"""Kinds whose environment may be guessed from a name: a file called `test.py` says nothing of the kind."""


class Words(FrozenInner, frozen=True):
    """What one key says."""

    pattern: re.Pattern[str]
    kind: str
    weight: int
    environment: Environment
    labels: frozenset[Label]


class Resources:
    """The user's words, compiled."""

    __slots__ = ("_words",)

    def __init__(self, words: tuple[Words, ...] = ()) -> None:
        self._words = tuple(sorted(words, key=lambda one: (-one.weight, ENVIRONMENTS.index(one.environment))))

    def environment(self, kind: str, name: str) -> Environment:
        """What the user says of a name; else what the name itself says, for kinds where it may."""
        lower = name.lower()
        for words in self._words:
            if words.environment != "unknown" and words.kind in {"", kind} and words.pattern.match(lower):
                return words.environment
        return environment_of(name) if kind in _BY_NAME else "unknown"

    def labels(self, kind: str, name: str) -> frozenset[Label]:
        """The labels that the user gave to a name."""
        lower = name.lower()
        found: frozenset[Label] = frozenset()
        for words in self._words:
            if words.labels and words.kind in {"", kind} and words.pattern.match(lower):
                found |= words.labels
        return found


def load_resources(path: str, home: str) -> Resources:
    """Read `resources.toml`; without the file there are no words. Raises `ConfigurationError`."""
    content = read_bytes(path, MAX_BYTES)
    if content is None:
        return Resources()
    return _parse(content, path, home)


@lru_cache(maxsize=8)
def _parse(content: bytes, path: str, home: str) -> Resources:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"`{path}` is not TOML: {error}; correct it or move it away"
        raise ConfigurationError(message) from error
    return Resources(tuple(_words(key, value, path, home) for key, value in _table(text, path).items()))


def _table(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"`{path}` is not TOML: {error}; correct it or move it away"
        raise ConfigurationError(message) from error


def _words(key: str, value: Any, path: str, home: str) -> Words:  # noqa: ANN401 - TOML
    said = {"environment": value} if isinstance(value, str) else value
    if not isinstance(said, dict) or set(said) - {"environment", "labels"}:
        message = f"`{path}`: `{key}` must be an environment, or a table of `environment` and `labels`"
        raise ConfigurationError(message)
    environment, labels = said.get("environment", "unknown"), said.get("labels", [])
    if environment not in ENVIRONMENTS:
        message = f"`{path}`: `{key}` names the environment `{environment}`; there are {', '.join(ENVIRONMENTS)}"
        raise ConfigurationError(message)
    if not isinstance(labels, list) or any(label not in LABELS for label in labels):
        message = (
            f"`{path}`: `{key}` names a label that does not exist: `{labels}`; `jackline policy schema` lists them"
        )
        raise ConfigurationError(message)
    kind, _, rest = key.partition(":")
    kind, glob = (kind, rest) if kind in KINDS and rest else ("", key)
    if glob.startswith("~/"):
        glob = home + glob[1:]
    pattern = re.compile(translate(glob.lower()))
    return Words(pattern, kind, len(glob), cast("Environment", environment), frozenset(cast("list[Label]", labels)))


def taught(text: str, name: str, environment: Environment | None = None, labels: Iterable[Label] = ()) -> str:
    """The text of `resources.toml` with one more name in it, or one that it holds already said anew.

    What is not said anew stays: an environment where only labels are given, labels always, everything else in the text,
    comments included. Raises `ConfigurationError` where the text is not TOML, or holds the name in a form that this
    cannot replace.
    """
    quoted = json.dumps(name, ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )  # a basic string of TOML is one of JSON, but for DEL
    known = _known(text, name)
    line = f"{quoted} = {_said(environment or known.environment, known.labels.union(labels))}"
    lines = text.split("\n") if text else []
    for index, old in enumerate(lines):
        if old.split("=", 1)[0].strip() in {quoted, f"'{name}'", name}:
            lines[index] = line + _comment_of(old)
            break
    else:
        if name in _table(text, _FILE):
            message = f"`{_FILE}` holds `{name}` in a form that is not changed here; change it by hand"
            raise ConfigurationError(message)
        first_table = next((index for index, old in enumerate(lines) if old.lstrip().startswith("[")), len(lines))
        lines.insert(first_table, line)
    changed = "\n".join(lines).rstrip("\n") + "\n"
    _parse(changed.encode(), _FILE, "/")
    return changed


_FILE: Final = "resources.toml"


def _known(text: str, name: str) -> Words:
    """What the text says of a name already."""
    return _words(name, _table(text, _FILE).get(name, {}), _FILE, "/")


def _said(environment: Environment, labels: frozenset[Label]) -> str:
    if not labels:
        return f'"{environment}"'
    listed = ", ".join(f'"{label}"' for label in sorted(labels))
    if environment == "unknown":
        return f"{{ labels = [{listed}] }}"
    return f'{{ environment = "{environment}", labels = [{listed}] }}'


def _comment_of(line: str) -> str:
    """The comment at the end of a line, as far as it cannot be a part of a text."""
    found = _TRAILING_COMMENT.search(line)
    return found[0] if found else ""


_TRAILING_COMMENT: Final = late_pattern(r"\s+#[^\"']*$")
