"""Calls of MCP and framework tools, `SERVER/TOOL`: by their card, else by what their name and arguments suggest.

Three cases. A card for the server (found by the server's name; the user's own before a shipped one) and the tool: its
effects are certain. A tool that only its
name tells (`write_file` of an unknown server): the effects of the card that it looks like are `possible`, and the call is
`opaque` beside them. Neither: the words of its name and its path, address and code arguments give possible effects, and
the call is `opaque`. Where the user has approved a server (`"agent:mcp/NAME" = { labels = ["approved"] }` in
`resources.toml`), reads by it are not opaque. Annotations and descriptions are claims of the server and are not asked.
"""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from jackline.core.effect import Resource
from jackline.core.errors import ConfigurationError
from jackline.core.inner import FrozenInner
from jackline.core.packaged import packaged, packaged_names
from jackline.lower.catalogue.notation import Reference, holds, parse_effect, parse_name, split_condition
from jackline.lower.files import emit_append, emit_delete, emit_mkdir, emit_move, emit_read, emit_write
from jackline.lower.http import request
from jackline.lower.places import absolute, endpoint, normal, resolve_text
from jackline.lower.places.tables import words
from jackline.lower.tools import SPELLINGS
from jackline.lower.word import Word, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jackline.core.action import Action
    from jackline.core.words import Label, Reach, Verb
    from jackline.lower.catalogue.notation import Condition, Template
    from jackline.lower.scope import Scope

MAX_VALUES: Final = 64
_CARDS: Final = "jackline.lower.cards"
_SUFFIX: Final = ".toml"
_LOCAL: Final[dict[str, Reach]] = {"process": "workspace", "memory": "home", "agent": "workspace"}
_FILES: Final[dict[str, Callable[..., None]]] = {
    "read": emit_read, "write": emit_write, "edit": emit_append, "append": emit_append, "delete": emit_delete, "mkdir": emit_mkdir,
}  # fmt: skip


class Tool(FrozenInner, frozen=True):
    """One tool of a card. `arguments` are roles; `moves` names the two arguments of a move; `inverse` undoes a call."""

    name: str
    effects: tuple[Template, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    moves: tuple[str, str] | None = None
    unless: Condition = ()
    otherwise: tuple[tuple[str, str], ...] = ()
    inverse: str = ""


class Card(FrozenInner, frozen=True):
    """One server. `results` says whether what it answers is anyone's text; `recognised`: its tools' names are telling."""

    name: str
    servers: tuple[str, ...]
    tools: tuple[tuple[str, Tool], ...]
    results: Literal["trusted", "untrusted"] = "untrusted"
    recognised: bool = False
    about: tuple[str | Reference, ...] = ()

    def tool(self, name: str) -> Tool | None:
        """The tool of this name; a name with `*` in the card matches by its shape, after all that match whole."""
        shaped: Tool | None = None
        for pattern, tool in self.tools:
            if pattern == name:
                return tool
            if shaped is None and "*" in pattern and fnmatchcase(name, pattern):
                shaped = tool
        return shaped


def read_card(text: str, name: str) -> Card:
    """Read a card. Raises `ConfigurationError` naming what is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"the tool card `{name}` is not TOML: {error}"
        raise ConfigurationError(message) from error
    unknown = set(table) - {"servers", "results", "recognised", "about", "tools", "examples"}
    results = table.get("results", "untrusted")
    if unknown or results not in {"trusted", "untrusted"}:
        message = f"the tool card `{name}` has `{', '.join(sorted(unknown)) or results}`, which no card has"
        raise ConfigurationError(message)
    servers = table.get("servers", [name])
    if not isinstance(servers, list) or not all(map(_is_text, servers)):
        message = f"the tool card `{name}`: `servers` must be a list of names"
        raise ConfigurationError(message)
    tools: list[tuple[str, Tool]] = []
    for key, value in table.get("tools", {}).items():
        tools.extend((one, _read_tool(one, value, name)) for one in key.split("|"))
    about = parse_name(table["about"]) if "about" in table else ()
    return Card(name, tuple(servers), tuple(tools), results, bool(table.get("recognised")), about)


_TOOL_KEYS: Final = frozenset({"effects", "arguments", "moves", "unless", "otherwise", "inverse"})
_ROLE: Final = re.compile(r"^(?:(?:read|delete)(?:-tree)?|write|edit|append|mkdir|url|code:\w+)$")


def _read_tool(key: str, value: dict[str, Any], card: str) -> Tool:
    roles = {**value.get("arguments", {}), **value.get("otherwise", {})}
    wrong = [*sorted(set(value) - _TOOL_KEYS), *(role for role in roles.values() if not _ROLE.match(role))]
    if wrong or not set(value) & {"effects", "arguments", "moves"}:
        message = f"the tool card `{card}`: `{key}` has `{', '.join(wrong) or 'no effect'}`; see docs/cards.md"
        raise ConfigurationError(message)
    moves = value.get("moves")
    if moves is not None and (not isinstance(moves, list) or len(moves) != 2 or not all(map(_is_text, moves))):  # noqa: PLR2004 - a pair
        message = f"the tool card `{card}`: `moves` of `{key}` must be the names of two arguments"
        raise ConfigurationError(message)
    unless = split_condition(f"x unless {value['unless']}")[1] if "unless" in value else ()
    return Tool(
        key,
        tuple(parse_effect(text) for text in value.get("effects", [])),
        tuple(value.get("arguments", {}).items()),
        (moves[0], moves[1]) if moves else None,
        unless,
        tuple(value.get("otherwise", {}).items()),
        value.get("inverse", ""),
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


@cache
def cards() -> tuple[Card, ...]:
    """The cards that are shipped."""
    names = packaged_names(_CARDS, suffix=_SUFFIX)
    return tuple(read_card(packaged(_CARDS, name), name.removesuffix(_SUFFIX)) for name in names)


@cache
def card_of(server: str) -> Card | None:
    """The shipped card for a server, by the name that the user gave it."""
    return next((card for card in cards() if serves(card, server)), None)


def serves(card: Card, server: str) -> bool:
    """Whether a card is for a server of this name, with or without what clients put before it."""
    name = re.sub(r"^(?:plugin[:_].*?[:_]|mcp[-_])", "", server.lower())
    return any(
        pattern in {name, server.lower()} or ("*" in pattern and fnmatchcase(name, pattern)) for pattern in card.servers
    )


@lru_cache(maxsize=64)
def _own_card(text: str, server: str) -> Card | None:
    """The user's own card. It was read when the guard began; one that cannot be read any more is none."""
    try:
        return read_card(text, server)
    except (ConfigurationError, ValueError):
        return None


@cache
def looks_like(tool: str) -> tuple[Card, Tool] | None:
    """The card of which a tool under another server's name might be one."""
    for card in cards():
        found = card.tool(tool) if card.recognised else None
        if found is not None:
            return card, found
    return None


def lower_call(action: Action, scope: Scope) -> bool:
    """Write the effects of a call; False where `action.tool` is no `SERVER/TOOL`."""
    server, slash, tool = action.tool.partition("/")
    if not slash or not server or not tool:
        return False
    call = Call(server, tool, action.arguments, scope)
    before = len(scope.effects)
    own = scope.surroundings.card(server)
    card = _own_card(own, server) if own is not None else card_of(server)
    found = card.tool(tool) if card is not None else None
    if card is not None and found is not None:
        call.by_card(card, found)
    else:
        call.by_name()
    if len(scope.effects) == before:
        scope.opaque(f"the tool {action.tool} without the arguments that it needs", authorship="unknown")
    return True


class Call:
    """One call: fills templates and roles from its arguments."""

    __slots__ = ("about", "arguments", "scope", "server", "tool")

    def __init__(self, server: str, tool: str, arguments: Mapping[str, Any], scope: Scope) -> None:
        self.server, self.tool, self.arguments, self.scope = server, tool, arguments, scope
        self.about = ""

    def by_card(self, card: Card, tool: Tool, labels: frozenset[Label] = frozenset()) -> None:
        """The effects that a card gives; what it reads bears `untrusted` where anyone may have written it."""
        self.about = "".join(part if isinstance(part, str) else self._fill(part) or "*" for part in card.about)
        if card.results == "untrusted":
            labels |= {"untrusted"}
        skipped = bool(tool.unless) and holds(tool.unless, self._words) is False
        for argument, role in tool.otherwise if skipped else tool.arguments:
            for value in self._values(argument):
                self._role(role, value)
        if tool.moves is not None:
            self._move(*tool.moves)
        for template in tool.effects:
            if holds(template.condition, self._words) is not False:
                self._template(template, labels)

    def by_name(self) -> None:
        """No card: what the name and the arguments suggest is possible, and it may be anything else."""
        scope = self.scope
        self.scope = scope.possible()
        alike = looks_like(self.tool)
        verb = verb_of(self.tool)
        if alike is not None:
            self.by_card(*alike)
        else:
            self._by_arguments(verb)
            resource = self._resource(
                "infrastructure", f"mcp/{self.server}/{self.tool}", frozenset({"untrusted"}), None
            )
            self.scope.emit(verb, resource, reversible="yes" if verb == "read" else "no")
        self.scope = scope
        approved = "approved" in scope.surroundings.labels("agent", f"mcp/{self.server}")
        reads = verb == "read" and (alike is None or all(role.startswith("read") for _, role in alike[1].arguments))
        if not (approved and reads):
            scope.opaque(f"the tool {self.server}/{self.tool}", authorship="unknown")

    def _by_arguments(self, verb: Verb) -> None:
        act = "read" if verb in {"read", "connect", "execute"} else "delete" if verb == "delete" else "edit"
        for argument in SPELLINGS["path"]:
            for value in self._values(argument) if argument != "uri" else ():
                self._role(act, value)
        for argument in SPELLINGS["url"]:
            for value in self._values(argument):
                self._role("url", value)
        for argument, language in CODE_ARGUMENTS.items():
            for value in self._values(argument):
                self._role(f"code:{language}", value)

    # Arguments.

    def _values(self, name: str) -> Iterator[str]:
        """The texts of an argument: itself, or the items of a list; objects in it give their `path`."""
        value = self.arguments.get(name)
        for one in (value if isinstance(value, list) else [value])[:MAX_VALUES]:
            found = one.get("path") if isinstance(one, dict) else one
            if isinstance(found, str) and found:
                yield found
            elif one is not None:
                self.scope.opaque(f"`{name}` of {self.server}/{self.tool}, which is no text", authorship="unknown")

    def _words(self, name: str) -> list[Word] | None:
        value = self.arguments.get(name)
        if value is None:
            return []
        return [word(str(value).lower() if isinstance(value, bool) else str(value))]

    def _fill(self, reference: Reference) -> str | None:
        """The text that stands for a reference: an argument's, the server's name, or what the surroundings say."""
        for name in reference.name.split(","):
            if name.startswith("@"):
                subject, _, key = name[1:].rpartition(".")
                found: Any = self.scope.surroundings.context(subject).get(key)
            elif name == "about":
                found = self.about
            else:
                found = self.server if name == "server" else self.arguments.get(name)
            if isinstance(found, str | int) and found != "":
                return str(found)
        return reference.absent

    def _at(self, value: str) -> tuple[int, int]:
        start = self.scope.text.find(value)
        if start < 0:
            start = len(self.scope.text) + bool(self.scope.text)
            self.scope.text = f"{self.scope.text}\n{value}" if self.scope.text else value
        return start, start + len(value)

    def _path(self, value: str) -> str:
        surroundings = self.scope.surroundings
        cwd = self.scope.cwd or surroundings.cwd
        if value.startswith("~"):
            value = absolute(value, cwd, surroundings.home)
        return resolve_text(value.removeprefix("file://"), cwd, self.scope)

    # Effects.

    def _role(self, role: str, value: str) -> None:
        at = self._at(value)
        if role == "url":
            request(self.scope, "GET", Word((value,), *at), at=at)
        elif role.startswith("code:"):
            language = self.scope.languages.get(role[5:])
            if language is None:
                self.scope.opaque(f"{role[5:]} code", at=at)
            else:
                language(Word((value,), *at), self.scope.inner(value, at, base=at[0]), ())
        else:
            act, _, tree = role.partition("-")
            emit = _FILES[act]
            emit(self._path(value), self.scope, at=at, **({"recursive": True} if tree else {}))

    def _move(self, source: str, target: str) -> None:
        for old in self._values(source):
            for new in self._values(target):
                emit_move(self._path(old), self._path(new), self.scope, at=self._at(old))

    def _template(self, template: Template, labels: frozenset[Label]) -> None:
        """An effect of a card; where a reference is a list, once for each of its items."""
        plural = next((part for part in template.name if isinstance(part, Reference) and self._is_list(part)), None)
        if plural is None:
            self._emit(template, labels, {})
            return
        for value in self._values(plural.name.split(",", 1)[0]):
            self._emit(template, labels, {plural.name: value})

    def _is_list(self, reference: Reference) -> bool:
        return isinstance(self.arguments.get(reference.name.split(",", 1)[0]), list)

    def _emit(self, template: Template, labels: frozenset[Label], chosen: dict[str, str]) -> None:
        parts: list[str] = []
        at = (0, 0)
        for part in template.name:
            if isinstance(part, str):
                parts.append(part)
                continue
            value = chosen.get(part.name) or self._fill(part)
            if value is None:
                if part.absent is None and len(template.name) == 1:
                    return  # an effect on what was not given
                value = "*"
            at = self._at(value) if value not in {"*", self.about} else at
            parts.append(value)
        name = "".join(parts)
        resource = self._resource(
            template.kind, name, template.labels | (labels if template.verb == "read" else frozenset()), template.reach
        )
        self.scope.emit(
            template.verb, resource, at=at, extent=template.extent, reversible=template.reversible,
            certainty=template.certainty, authorship=template.authorship,
        )  # fmt: skip

    def _resource(self, kind: Any, name: str, labels: frozenset[Label], reach: Reach | None) -> Resource:  # noqa: ANN401 - a Kind by its making
        scope = self.scope
        if kind == "endpoint":
            place = endpoint(name, 0, scope)
            return Resource(
                "endpoint", place.name, place.environment, place.reach, place.labels | labels, place.jurisdiction
            )
        if kind == "repository" and name.startswith("/"):
            path, mark, branch = name.partition("#")
            return Resource("repository", normal(path) + mark + branch, labels=labels, reach="workspace")
        known = scope.surroundings.labels(kind, name)
        return Resource(
            kind, name, scope.surroundings.environment(kind, name), reach or _LOCAL.get(kind, "remote"), labels | known
        )


CODE_ARGUMENTS: Final = {
    "command": "shell", "cmd": "shell", "shell": "shell", "bash": "shell", "sql": "sql", "statement": "sql", "python": "python",
    "code": "python",
}  # fmt: skip

_VERBS: Final[tuple[tuple[Verb, frozenset[str]], ...]] = (
    ("delete", words("delete remove drop destroy purge clear erase truncate wipe reset revoke uninstall trash discard")),
    ("spend", words("pay charge buy purchase checkout order refund transfer invoice")),
    ("grant", words("grant invite permission permissions role roles share authorize")),
    ("publish", words("publish deploy release merge push tweet")),
    ("send", words("send post reply comment email mail message notify forward upload submit call")),
    ("execute", words("run execute exec eval evaluate invoke trigger start launch script shell command")),
    ("terminate", words("stop kill cancel terminate shutdown restart reboot")),
    ("create", words("create add insert new make write save generate import copy clone init install upsert put append")),
    ("modify", words("update edit modify set change patch rename move replace assign enable disable toggle apply mark archive")),
    ("read", words("get list read search find fetch describe show query count status view lookup browse download info check explain")),
)  # fmt: skip
"""What a word in a tool's name suggests; the first row that has one of its words counts, so `get_and_delete` deletes."""


@cache
def verb_of(tool: str) -> Verb:
    """The verb that a tool's name suggests; `execute` where it suggests none."""
    named = frozenset(re.split(r"[^a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool).lower()))
    return next((verb for verb, vocabulary in _VERBS if named & vocabulary), "execute")


__all__ = ["Call", "Card", "Tool", "card_of", "cards", "looks_like", "lower_call", "read_card", "serves", "verb_of"]
