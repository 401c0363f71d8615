"""What the tests of the shell share: running a text in given surroundings, and effects in a short form to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.core.action import Action
from jackline.lower.languages import LANGUAGES
from jackline.lower.lowering import Lowered, lower
from jackline.lower.scope import BoundsReached, Scope
from jackline.lower.shell.language import lower_shell
from jackline.lower.surroundings import FileFacts, Surroundings, Table, text_of
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from jackline.core.effect import Effect

WORKSPACE = "/ws"
HOME = "/home/u"


def surroundings(files: dict[str, str | None] | None = None, **more: object) -> Surroundings:
    """A table: `files` are paths (from the workspace) with contents, None for what is known to be absent.

    A name that ends in `/` is a directory, its content the names in it. `more` are other answers: `variable__X="y"`.
    """
    answers: dict[tuple[str, str], object] = {("file", WORKSPACE): FileFacts("directory", WORKSPACE)}
    for name, content in (files or {}).items():
        path = name if name.startswith("/") else f"{WORKSPACE}/{name}"
        if content is None:
            answers["file", path] = FileFacts("absent")
        elif name.endswith("/"):
            answers["file", path.rstrip("/")] = FileFacts("directory", path.rstrip("/"))
            answers["list", path.rstrip("/")] = tuple(content.split())
        else:
            answers["file", path] = FileFacts("file", path, "self", len(content))
            answers["text", path] = text_of(content)
    for key, value in more.items():
        question, _, subject = key.partition("__")
        answers[question, subject.replace("__", ":")] = value
    return Surroundings(Table(answers), cwd=WORKSPACE, workspace=WORKSPACE, home=HOME, user="u")


def run(text: str, files: dict[str, str | None] | None = None, **more: object) -> Lowered:
    """Lower a shell action."""
    return lower(Action(tool="shell", arguments={"command": text}, cwd=WORKSPACE), surroundings(files, **more))


def short(effect: Effect) -> str:
    """`delete file /ws/x`, with ` possible` where it is, and ` by AUTHOR` for what is opaque."""
    parts = [effect.verb, effect.resource.kind, effect.resource.name]
    if effect.certainty != "certain":
        parts.append("possible")
    if effect.verb == "opaque":
        parts.append(f"by {effect.authorship}")
    return " ".join(parts)


def shorts(text: str, files: dict[str, str | None] | None = None, **more: object) -> list[str]:
    """The effects of a shell action in short, without `execute`, in order, each once."""
    found = run(text, files, **more)
    if found.failure:
        raise AssertionError(found.failure)
    return list(dict.fromkeys(short(effect) for effect in found.effects if effect.verb != "execute"))


def printed(text: str) -> Data:
    """What a shell text prints, as far as that is known."""
    empty = surroundings({f"{WORKSPACE}/": ""})
    scope = Scope(empty, LANGUAGES, depth=1, text=text)
    try:
        return lower_shell(Word((text,), 0, len(text)), scope)
    except BoundsReached:
        return Data()
