"""Runs the catalogue alone: words by a plain split, code of other languages written down instead of read."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from jackline.core.effect import Effect
from jackline.lower.awk import lower_awk
from jackline.lower.catalogue import Command, run_program
from jackline.lower.catalogue.notation import Reference, Template, parse_effect
from jackline.lower.patches import lower_patch
from jackline.lower.scope import Scope
from jackline.lower.sed import lower_sed
from jackline.lower.surroundings import FileFacts, Surroundings, text_of
from jackline.lower.word import NOTHING, UNKNOWN, Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKSPACE = "/ws"
HOME = "/home/me"


_DIRECTORIES = frozenset({"", "ws", "tmp", "me", "src", "docs", "dir", "out", "build", "tests", "lib", "app", "db",
                          "target", "mod", "node_modules", "_cacache", "photos", "wt", "bin", "dist", "etc"})  # fmt: skip
_ABSENT = frozenset(
    {"feature", "main", "topic", "HEAD", "pytest.py", ".gitmodules", "GNUmakefile", "makefile", "justfile", "Justfile"}
)
_ABSENT |= frozenset(
    [
        "Dockerfile",
        "Containerfile",
        "terragrunt.hcl",
        "cdk.json",
        "compose.yaml",
        "compose.yml",
        "docker-compose.yaml",
        "docker-compose.yml",
    ]
)
_ABSENT |= {"nginx.service", "evil.service"}
_ABSENT |= frozenset(f"{name}.override.{end}" for name in ("compose", "docker-compose") for end in ("yaml", "yml"))
_TEXTS = {
    "package.json": '{"scripts": {"build": "tsc -p .", "pretest": "rm a", "test": "jest"}}',
    "Makefile": "NAME = a\nall: gen\n\trm $(NAME).o\ngen:\n\t@echo hi > $@.txt\nother:\n\trm -rf /\n",
}


class Plain:
    """A workspace in which names are directories or committed files by a list, and nothing is absent."""

    def __init__(self, answers: dict[tuple[str, str], Any] | None = None) -> None:
        self.answers = answers or {}

    def answer(self, question: str, subject: str) -> Any:
        if (question, subject) in self.answers:
            return self.answers[question, subject]
        if question == "file":
            if (
                "new" in subject
                or posixpath.basename(subject) in _ABSENT
                or "/.git/" in subject
                or "/.bin/" in subject
                or "/pytest/" in subject
            ):
                return FileFacts(kind="absent", real=subject)
            kind = "directory" if posixpath.basename(subject) in _DIRECTORIES else "file"
            return FileFacts(kind=kind, real=subject, owner="self", size=10)  # type: ignore[arg-type]
        if question == "text" and posixpath.basename(subject) in _TEXTS:
            return text_of(_TEXTS[posixpath.basename(subject)])
        return {"list": (), "standing": frozenset({"clean"})}.get(question)


class Recorder:
    """A language that writes down the code that it was given: `execute process LANGUAGE:CODE`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
        text = code.shown if isinstance(code, Word) else code.text or code.fetched or code.source or "*"
        shown = " ".join([text, *(argument.shown for argument in arguments)])
        scope.opaque(f"{self.language}:{shown}")
        return UNKNOWN


def command_language(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """The shell's simple command, for a command that is already split."""
    words = (code if isinstance(code, Word) else Word((code.text or "*",)), *arguments)
    return run_program(Command(words, scope.cwd or WORKSPACE, scope.environment, scope.stdin), scope).output


LANGUAGES = {
    name: Recorder(name)
    for name in ("shell", "script", "sql", "postgres", "mysql", "sqlite", "duckdb", "tsql", "redis", "mongo", "python",
                 "javascript", "perl", "ruby", "php")
} | {"command": command_language, "sed": lower_sed, "patch": lower_patch, "awk": lower_awk}  # fmt: skip


def scope_of(answers: dict[tuple[str, str], Any] | None = None, text: str = "") -> Scope:
    """A scope over surroundings that know nothing but `answers`."""
    surroundings = Surroundings(Plain(answers), cwd=WORKSPACE, workspace=WORKSPACE, home=HOME, user="me")
    return Scope(surroundings, LANGUAGES, text=text)


def words_of(text: str) -> tuple[Word, ...]:
    """Split plainly; `$NAME` stands for a word of which nothing is known."""
    return tuple(
        Word((Hole(part),)) if part[:1] == "$" and part[1:].isupper() else Word((part,)) for part in shlex.split(text)
    )


def run(text: str, scope: Scope | None = None, stdin: Data = NOTHING) -> list[Effect]:
    """The effects of one command; `NAME=VALUE` before it are its environment, `< TEXT` behind it its input."""
    scope = scope or scope_of()
    words = list(words_of(text))
    if len(words) > 1 and words[-2].text == "<<<":
        stdin = Data(words[-1].text, origin="user")
        words = words[:-2]
    environment = {}
    while words and "=" in words[0].prefix and words[0].prefix.split("=")[0].isidentifier():
        name, _, value = words.pop(0).prefix.partition("=")
        environment[name] = Word((value,))
    run_program(replace(Command(tuple(words), WORKSPACE), environment=environment, stdin=stdin), scope)
    return scope.effects


def matches(effect: Effect, expected: Template) -> bool:
    """Whether an effect is what a line of the notation says; what the line leaves out is not compared."""
    said = _stated(expected)
    return (
        effect.verb == expected.verb
        and effect.resource.kind == expected.kind
        and effect.resource.name == "".join(_spelled(part) for part in expected.name)
        and expected.labels <= effect.resource.labels
        and all(getattr(effect.resource, key) == value for key, value in said.items())
        and (expected.extent.at_most is not None or effect.extent.at_most is None)
        and (expected.certainty is None or effect.certainty == expected.certainty)
        and expected.authorship in {"none", effect.authorship}
    )


def _spelled(part: str | Reference) -> str:
    if isinstance(part, str):
        return part
    return "{" + part.name + ("" if part.absent is None else f"|{part.absent}") + "}"


def _stated(expected: Template) -> dict[str, object]:
    return {key: value for key in ("reach", "environment") if (value := getattr(expected, key)) is not None}


def compare(effects: Sequence[Effect], lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """What was expected and did not come, and what came and was not expected; the program's own `execute` is implied."""
    remaining = list(effects)
    if (
        remaining
        and remaining[0].verb == "execute"
        and not any(line.startswith("execute") and matches(remaining[0], parse_effect(line)) for line in lines[:1])
    ):
        remaining.pop(0)
    missing = []
    for line in lines:
        expected = parse_effect(line)
        found = next((effect for effect in remaining if matches(effect, expected)), None)
        if found is None or (_says_undo(line) and found.reversible != expected.reversible):
            missing.append(line)
        if found is not None:
            remaining.remove(found)
    return missing, [render(effect) for effect in remaining]


def _says_undo(line: str) -> bool:
    return bool({"yes", "no", "with_undo"} & set(line.split()[3:]))


def render(effect: Effect) -> str:
    """An effect as one line, all that matters of it."""
    resource = effect.resource
    words = [effect.verb, resource.kind, resource.name if " " not in resource.name else f"'{resource.name}'"]
    words += sorted(resource.labels)
    words += [effect.reversible, resource.reach]
    words += [resource.environment] if resource.environment != "unknown" else []
    words += ["all"] if effect.extent.at_most is None else []
    words += ["possible"] if effect.certainty == "possible" else []
    words += [effect.authorship] if effect.authorship != "none" else []
    return " ".join(words)
