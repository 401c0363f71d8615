"""Reading a command's words by its entry: which sub-command, which options with which values, which operands.

Words that are not wholly known are kept: one that might be an option makes the reading `uncertain`, and then an option
that was not seen *may* be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.catalogue.grammar import prepare, takes_operands
from jackline.lower.word import Hole, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jackline.lower.catalogue.grammar import Node, Option, Slot

_FALSE: Final = frozenset({"false", "no", "off", "0"})
"""Values with which a flag says that it is not meant."""
_MAX_CLUSTER: Final = 64
"""Letters of one short cluster that are read; no program has more flags."""


class Arguments(Inner):
    """What was found. `options` holds, by key, the value words in order (for a flag: the word that bore it).

    `commands` are the words of the sub-command as they were given; `rest` the words behind an option that takes all
    of them (`python -m MODULE …`).
    """

    options: dict[str, list[Word]] = field(default_factory=dict)
    order: list[tuple[Option, tuple[Word, ...]]] = field(default_factory=list)
    operands: list[Word] = field(default_factory=list)
    rest: list[Word] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    uncertain: bool = False
    ended: bool = False

    def add(self, option: Option, bearer: Word, values: tuple[Word, ...]) -> None:
        """Record one occurrence of an option."""
        self.options.setdefault(option.key, []).extend(values or (bearer,))
        self.order.append((option, values))


def drop(word: Word, length: int) -> Word:
    """The word without its first `length` known characters; the span follows where the text stands unquoted."""
    first = word.parts[0]
    if not isinstance(first, str):
        return word
    rest = (first[length:], *word.parts[1:]) if len(first) > length else word.parts[1:]
    literal = not word.quoted and word.end - word.start == sum(len(p) if isinstance(p, str) else 0 for p in word.parts)
    return Word(rest or ("",), word.start + length if literal else word.start, word.end, word.quoted, word.origin)


def maybe_option(word: Word) -> bool:
    """Whether a word that is not known may turn out to be an option, or several words."""
    first = word.parts[0] if word.parts else ""
    if isinstance(first, Hole):
        return not (first.one_word or first.numeric)
    return first.startswith("-") and len(word.parts) > 1 and "=" not in first


def choose(root: Node, words: Sequence[Word]) -> tuple[Node, Arguments, int, bool]:
    """Follow the sub-commands. Gives the node, the options read on the way, the position of the first word that
    is left, and whether that word stands where a sub-command had to be and is none."""
    candidates, arguments, position = [root], Arguments(), 0
    if not root.children and not root.patterns:
        return prepare(root), arguments, 0, False
    known: tuple[Node, int, int] | None = None
    literal = True  # the words so far are a table's own, not a class of words
    while True:
        for candidate in candidates:
            prepare(candidate)
        node = candidates[0]
        if (defined := _first(candidates)).defined:
            known = defined, position, len(arguments.commands)
        if not node.children and not node.patterns and (len(candidates) == 1 or (literal and node.defined)):
            break
        position = leading(node, words, position, arguments)
        if position >= len(words) or arguments.ended:
            break
        following = _following(candidates, words[position].text)
        if not following:
            deeper = any(node.children or node.patterns for node in candidates)
            unknown = deeper and words[position].text is None  # it may be a sub-command
            return _first(candidates), arguments, position, unknown or not _open(candidates)
        arguments.commands.append(words[position].text or "")
        literal = literal and following[0] is node.children.get(words[position].text or "")
        candidates, position = following, position + 1
    if node.defined or any(_leads_here(root, node)):
        return node, arguments, position, False
    return _last_known(known, node, arguments, words, position)


def _leads_here(root: Node, node: Node) -> Iterator[bool]:
    """Whether a group is named in the catalogue word for word: then it is a tool's own, which only prints its help."""
    names = [root]
    while names:
        one = names.pop()
        yield one is node
        names.extend(one.children.values())


def _last_known(
    known: tuple[Node, int, int] | None, node: Node, arguments: Arguments, words: Sequence[Word], position: int
) -> tuple[Node, Arguments, int, bool]:
    """A class of sub-commands took words that were operands: go back to the last table on the way, else say so."""
    if known is None:
        return node, arguments, position, True
    defined, at, commands = known
    del arguments.commands[commands:]
    return defined, arguments, at, at < len(words) and not takes_operands(defined)


def _first(candidates: list[Node]) -> Node:
    if len(candidates) == 1:
        return candidates[0]
    return next((node for node in candidates if node.defined), candidates[0])


def _open(candidates: list[Node]) -> bool:
    """Whether one of them takes operands of its own."""
    return any(node.defined and takes_operands(node) for node in candidates)


def _following(candidates: list[Node], text: str | None) -> list[Node]:
    if text is None:
        return []
    found = [node.children[text] for node in candidates if text in node.children]
    for node in candidates:
        if node.patterns:
            found += [
                child
                for (head, tail), child in node.patterns
                if text.startswith(head) and text.endswith(tail) and len(text) >= len(head) + len(tail)
            ]
    return found


def leading(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    """Read the options that stand before the next operand; gives its position."""
    while position < len(words):
        word = words[position]
        prefix = word.prefix
        if prefix == "--" and word.text is not None:
            arguments.ended = True
            return position + 1
        if not prefix.startswith("-") or prefix == "-":
            return position
        position = _option(node, words, position, arguments)
        if _takes_the_rest(words, position, arguments):
            return len(words)
    return position


def _takes_the_rest(words: Sequence[Word], position: int, arguments: Arguments) -> bool:
    """Whether the option that was just read takes all words behind it as its arguments."""
    if not (arguments.order and arguments.order[-1][0].last):
        return False
    arguments.rest += words[position:]
    arguments.ended = True
    return True


def read(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> Arguments:
    """Read the rest of the words by the node's own grammar."""
    if node.style == "words" or arguments.ended:
        arguments.operands += words[position:]
        return arguments
    if node.style == "bundle" and position < len(words):
        position = _bundle(node, words, position, arguments)
    while position < len(words):
        word = words[position]
        prefix = word.prefix
        if prefix == "--" and word.text is not None:
            arguments.operands += words[position + 1 :]
            break
        if node.style == "pairs":
            position = _pair(node, words, position, arguments)
        elif (prefix.startswith("-") and (prefix != "-" or "-" in node.options)) or (
            prefix[:1] in {"+", "/"} and prefix in node.options
        ):
            position = _option(node, words, position, arguments)
            if _takes_the_rest(words, position, arguments):
                break
        else:
            arguments.uncertain = arguments.uncertain or maybe_option(word)
            if node.style == "posix":
                arguments.operands += words[position:]
                break
            arguments.operands.append(word)
            position += 1
    return arguments


def _pair(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    word = words[position]
    name, equals, _ = word.prefix.partition("=")
    option = node.options.get(name + "=") if equals else None
    if option is None:
        if word.prefix.startswith("-"):
            return _option(node, words, position, arguments)
        arguments.uncertain = arguments.uncertain or maybe_option(word)
        arguments.operands.append(word)
    else:
        arguments.add(option, word, (drop(word, len(name) + 1),))
    return position + 1


def _bundle(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    """The old style of tar: the first word is a cluster without a dash, its values follow it in order."""
    text = words[position].text
    if text is None or text.startswith("-"):
        return position
    following = position + 1
    for letter in text[:_MAX_CLUSTER]:
        option = node.options.get("-" + letter)
        if option is None:
            arguments.options.setdefault(letter, []).append(words[position])
        elif option.values and not option.optional and following < len(words):
            arguments.add(option, words[position], (words[following],))
            following += 1
        else:
            arguments.add(option, words[position], ())
    return following


def _option(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    """Read one option word and its values; gives the position after them."""
    word = words[position]
    prefix = word.prefix
    if word.text is None and "=" not in prefix and (prefix.startswith("--") or node.options.get(prefix[:2]) is None):
        arguments.uncertain = True
        arguments.options.setdefault(prefix.lstrip("-"), []).append(word)
        return position + 1
    if prefix.startswith("--") or node.style == "long" or prefix in node.options:
        return _long(node, words, position, arguments)
    return _cluster(node, words, position, arguments)


def _long(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    word = words[position]
    name, equals, _ = word.prefix.partition("=")
    option = node.options.get(name) or node.options.get(name.removeprefix("-")) or _abbreviated(node, name)
    if not equals and option is not None:
        return _values(option, words, position, arguments)
    value = drop(word, len(name) + 1) if equals else word
    if equals and (option is None or not option.values) and (value.text or "").lower() in _FALSE:
        return position + 1  # `--force=false` is as good as not there
    if option is None:
        arguments.options.setdefault(name.lstrip("-+"), []).append(value)
    else:
        arguments.add(option, word, (value,))
    return position + 1


def _values(option: Option, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    count = 0 if option.optional else len(option.values)
    values = tuple(words[position + 1 : position + 1 + count])
    arguments.add(option, words[position], values)
    return position + 1 + count


def _abbreviated(node: Node, name: str) -> Option | None:
    """GNU getopt_long takes any unambiguous beginning of a long name (getopt(3))."""
    if not name.startswith("--") or len(name) < len("--x"):
        return None
    found = {option.key: option for key, option in node.options.items() if key.startswith(name)}
    return next(iter(found.values())) if len(found) == 1 else None


def _cluster(node: Node, words: Sequence[Word], position: int, arguments: Arguments) -> int:
    word = words[position]
    prefix = word.prefix
    for index, letter in enumerate(prefix[1 : _MAX_CLUSTER + 1], start=1):
        option = node.options.get(prefix[0] + letter)
        if option is None:
            arguments.options.setdefault(letter, []).append(word)
            continue
        if not option.values:
            arguments.add(option, word, ())
        elif len(prefix) > index + 1 or word.text is None:
            following = tuple(words[position + 1 : position + len(option.values)])
            arguments.add(option, word, (drop(word, index + 1), *following))
            return position + len(option.values)
        else:
            return _values(option, words, position, arguments)
    if word.text is None:
        arguments.uncertain = True
    return position + 1


def assign(slots: tuple[Slot, ...], operands: Sequence[Word]) -> list[tuple[Slot, Word]]:
    """Give each operand its slot: the fixed ones at both ends first, then what may repeat. Operands beyond the last
    slot are taken as it is, so that none is ever nothing."""
    taken: list[tuple[Slot, Word]] = []
    if not operands:
        return taken
    spare = len(operands) - sum([not slot.optional for slot in slots])
    position = 0
    for slot in slots:
        required = 0 if slot.optional else 1
        count = required
        if slot.many:
            count += max(0, spare)
            spare = 0
        elif slot.optional and spare > 0:
            count, spare = 1, spare - 1
        for word in operands[position : position + count]:
            taken.append((slot, word))  # noqa: PERF401 - position moves with it
        position += count
    if slots:
        taken += [(slots[-1], word) for word in operands[position:]]
    return taken
