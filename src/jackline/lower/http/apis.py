"""The table of known APIs (`apis.toml`), compiled once: which effects a request has beside reaching its host."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from jackline.core.packaged import packaged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Kind, Label, Undo, Verb
    from jackline.lower.http.url import Url

READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"})
_EFFECT: Final = re.compile(r"^(\w+) (\w+) (\S+)(?: \[([\w,]+)\])?(?: (yes|with_undo|no))?$")


class Change(NamedTuple):
    """An effect of a request on the thing behind an API."""

    verb: Verb
    kind: Kind
    name: str
    labels: frozenset[Label]
    reversible: Undo


class _Rule(NamedTuple):
    methods: frozenset[str]
    path: re.Pattern[str]
    effect: tuple[str, str, str, frozenset[str], str] | None


class _Api(NamedTuple):
    hosts: re.Pattern[str]
    ports: frozenset[int]
    rules: tuple[_Rule, ...]
    statements: tuple[tuple[re.Pattern[str], str], ...]


def changes(method: str, url: Url) -> tuple[Change, ...] | None:
    """What a request changes behind the API: () where the table says nothing is, None where no rule speaks of it."""
    for api in _apis():
        if (api.ports and url.port not in api.ports) or not api.hosts.fullmatch(url.host):
            continue
        for rule in api.rules:
            found = rule.path.fullmatch(url.path.rstrip("/") or "/")
            if found and (method in rule.methods or ("*" in rule.methods and method not in READING)):
                return () if rule.effect is None else (_filled(rule.effect, found, url),)
    return None


def statement_language(url: Url) -> str:
    """The language of the statements that a database takes at this address; empty where it takes none."""
    path = url.path.rstrip("/") or "/"
    for api in _apis():
        if api.statements and (not api.ports or url.port in api.ports) and api.hosts.fullmatch(url.host):
            for pattern, language in api.statements:
                if pattern.fullmatch(path):
                    return language
    return ""


def _filled(effect: tuple[str, str, str, frozenset[str], str], found: re.Match[str], url: Url) -> Change:
    verb, kind, name, labels, reversible = effect
    groups = found.groups()
    for index, group in enumerate(groups, start=1):
        name = name.replace("{" + str(index) + "}", (group or "").strip("/") or "*")
    name = name.replace("{host}", url.host)
    return Change(
        cast("Verb", verb), cast("Kind", kind), name, cast("frozenset[Label]", labels), cast("Undo", reversible)
    )


@cache
def _apis() -> tuple[_Api, ...]:
    table = tomllib.loads(packaged("jackline.lower.http", "apis.toml"))
    return tuple(
        _Api(
            _either(api["hosts"]),
            frozenset(api.get("ports", ())),
            tuple(_rule(rule) for rule in api.get("rules", ())),
            tuple((_path(path), language) for path, language in api.get("statements", {}).items()),
        )
        for api in table["api"]
    )


def _rule(rule: dict[str, Any]) -> _Rule:
    methods = rule["method"] if isinstance(rule["method"], list) else [rule["method"]]
    return _Rule(frozenset(methods), _path(rule["path"]), None if rule.get("read") else _effect(rule["effect"]))


def _path(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*\*", "(.*)").replace(r"\*", "([^/]+)"), re.DOTALL)


def _effect(text: str) -> tuple[str, str, str, frozenset[str], str]:
    found = _EFFECT.match(text)
    if found is None:
        message = f"`{text}` in apis.toml is not `verb kind name [labels] reversible`"
        raise ValueError(message)
    verb, kind, name, labels, reversible = found.groups()
    return verb, kind, name, frozenset(labels.split(",")) if labels else frozenset(), reversible or "yes"


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in patterns))
