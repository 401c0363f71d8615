"""One call of a builtin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.shell.syntax import Simple
    from jackline.lower.word import Word


class Call(NamedTuple):
    """`words[0]` is the builtin; `at` the command's span; `node` its syntax, where it stands as such in a text.

    `run_words(machine, words, at, functions=False)` runs other words as a command.
    """

    name: str
    words: list[Word]
    at: tuple[int, int]
    node: Simple | None
    run_words: Callable[..., bool | None]

    @property
    def arguments(self) -> list[Word]:
        """The words behind the name."""
        return self.words[1:]

    def texts(self) -> list[str | None]:
        """The arguments' texts; None for one that is not known."""
        return [word.text for word in self.words[1:]]


def options(call: Call, with_value: str = "") -> tuple[dict[str, Word | None], list[Word]]:
    """Short options (with the word that is the value of those in `with_value`), and the operands."""
    found: dict[str, Word | None] = {}
    arguments = call.arguments
    index = 0
    while index < len(arguments):
        text = arguments[index].text
        if text is None or len(text) < len("-x") or text[0] not in "-+":
            break
        index += 1
        if text == "--":
            break
        for position, letter in enumerate(text[1:], 1):
            if letter not in with_value:
                found[letter] = None
                continue
            rest = text[position + 1 :]
            if rest:
                word = arguments[index - 1]
                found[letter] = type(word)((rest,), word.start, word.end, word.quoted, word.origin)
            elif index < len(arguments):
                found[letter] = arguments[index]
                index += 1
            break
    return found, arguments[index:]
