"""What make runs for its goals: what each needs first, then its recipe, line by line (GNU make manual, 4, 5, 10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.inner import FrozenInner
from jackline.lower.manifests.makefile.functions import shape
from jackline.lower.manifests.makefile.macros import Macros
from jackline.lower.manifests.makefile.reader import Reader, Rule
from jackline.lower.manifests.parts import joined, known
from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jackline.lower.manifests.makefile.macros import Variable
    from jackline.lower.manifests.parts import Host, Parts

MAX_LINES: Final = 400
_MAX_DEPTH: Final = 60
_MAX_WORDS: Final = 2000
_SUFFIXES: Final = re.compile(r"(\.[^./%]+)(\.[^./%]+)")
"""An old-fashioned suffix rule: `.c.o`."""
_SETTINGS: Final = frozenset({".PHONY", ".SUFFIXES", ".DEFAULT", ".PRECIOUS", ".INTERMEDIATE", ".SECONDARY", ".NOTINTERMEDIATE",
                              ".SILENT", ".IGNORE", ".EXPORT_ALL_VARIABLES", ".NOTPARALLEL", ".ONESHELL", ".POSIX",
                              ".SECONDEXPANSION", ".DELETE_ON_ERROR", ".LOW_RESOLUTION_TIME", ".WAIT"})  # fmt: skip


class Line(FrozenInner, frozen=True):
    """One run of the shell. `always`: also where make only says what it would do (`+`, `$(MAKE)`)."""

    code: Parts
    always: bool = False


class Plan:
    """A Makefile that was read, and the way through it. `choice` is that of conditionals that cannot be decided."""

    __slots__ = ("_count", "_done", "_explicit", "_patterns", "choice", "host", "reader")

    def __init__(self, host: Host, given: Mapping[str, Parts] | None = None, choice: int = 0) -> None:
        """The `given` variables stand before all others."""
        self.host, self.choice = host, choice
        self.reader = Reader(Macros(host, dict(given or {})), choice)
        self._explicit: dict[str, list[Rule]] = {}
        self._patterns: list[tuple[str, Rule]] = []
        self._done: set[str] = set()
        self._count = 0

    @property
    def unknown(self) -> bool:
        """Whether a part was met that is not followed here."""
        return self.reader.macros.unknown

    @property
    def alternatives(self) -> int:
        """How many choices there are where conditionals could not be decided."""
        return self.reader.alternatives

    @property
    def exports(self) -> dict[str, Parts]:
        """Variables that the recipes get in their environment."""
        macros = self.reader.macros
        names = set(macros.variables) if "*" in self.reader.exported else self.reader.exported & set(macros.variables)
        every = {name: macros.value(name) for name in sorted(names) if name.replace("_", "a").isalnum()}
        return every | macros.given

    @property
    def shell(self) -> Parts:
        """The program that runs the recipes."""
        return self.reader.macros.value("SHELL") if self._sets("SHELL") else ()

    @property
    def flags(self) -> Parts:
        """What the shell gets before a recipe line, where the Makefile says so."""
        return self.reader.macros.value(".SHELLFLAGS") if self._sets(".SHELLFLAGS") else ()

    def _sets(self, name: str) -> bool:
        return name in self.reader.macros.variables or name in self.reader.macros.given

    def read(self, text: str) -> None:
        """Read a Makefile; several are read one behind the other."""
        self.reader.read(text)

    def lines(self, goals: Sequence[str], itself: str = "Makefile") -> Iterator[Line]:
        """The recipe lines for these goals, else the first; each is expanded when it is its turn."""
        macros = self.reader.macros
        self._index()
        for made in dict.fromkeys([*self.reader.included, itself]):
            if made in self._explicit:
                yield from self._follow(made, 0)
        default = known(macros.value(".DEFAULT_GOAL")) if ".DEFAULT_GOAL" in macros.variables else self.reader.first
        if default is None:
            macros.unknown = True
        for goal in goals or (default or "").split():
            yield from self._follow(goal, 0)

    def _index(self) -> None:
        for rule in self.reader.rules:
            for target in rule.targets:
                if target in _SETTINGS and target != ".DEFAULT":
                    self._explicit.setdefault(target, [])
                elif "%" in target and not rule.pattern:
                    self._patterns.append((target, rule))
                elif (suffixes := _SUFFIXES.fullmatch(target)) is not None:
                    old, new = suffixes.groups()
                    self._patterns.append((f"%{new}", Rule([f"%{new}"], (f"%{old}",), rule.recipe)))
                else:
                    self._explicit.setdefault(target, []).append(rule)

    def _follow(self, goal: str, depth: int) -> Iterator[Line]:
        self.host.step()
        if goal in self._done:
            return
        self._done.add(goal)
        if depth > _MAX_DEPTH or self._count > MAX_LINES:
            self.reader.macros.unknown = True
            return
        found = self._explicit.get(goal, [])
        chosen = _with_recipes(found)
        stems = [_stem(rule, goal) for rule in chosen]
        needs = [need for rule in found for need in self._needs(rule, goal)]
        if not chosen:
            pattern = self._by_pattern(goal)
            if pattern is not None:
                rule, stem = pattern
                chosen, stems = [rule], [stem]
                needs += [need.replace("%", stem) for need in self._words(self._twice(rule.needs, goal, stem))]
            elif not found:
                chosen = _with_recipes(self._explicit.get(".DEFAULT", []))
                stems = [""] * len(chosen)
        saved = self._take_own(goal)
        for need in needs:
            yield from self._follow(need, depth + 1)
        for rule, stem in zip(chosen, stems, strict=True):
            yield from self._recipe(rule, goal, stem, needs)
        if saved is not None:
            self.reader.macros.variables = saved

    def _needs(self, rule: Rule, goal: str) -> list[str]:
        stem = _stem(rule, goal)
        needs = self._words(self._twice(rule.needs, goal, stem))
        return [need.replace("%", stem) if rule.pattern else need for need in needs]

    def _twice(self, needs: Parts, goal: str, stem: str) -> Parts:
        """What is needed, expanded a second time where the Makefile asks for that (manual, 3.9)."""
        if ".SECONDEXPANSION" not in self._explicit or not any(isinstance(part, str) and "$" in part for part in needs):
            return needs
        macros, found = self.reader.macros, list[str | Hole]()
        saved, macros.automatic = macros.automatic, {"@": (goal,), "*": (stem,) if stem else ()}
        for part in needs:
            found += macros.expand(part) if isinstance(part, str) else (part,)
        macros.automatic = saved
        return joined(found)

    def _words(self, parts: Parts) -> list[str]:
        if any(isinstance(part, Hole) for part in parts):
            self.reader.macros.unknown = True
        words = [word for part in parts if isinstance(part, str) for word in part.split() if word != "|"]
        return words[:_MAX_WORDS]

    def _by_pattern(self, goal: str) -> tuple[Rule, str] | None:
        best: tuple[Rule, str] | None = None
        for target, rule in self._patterns:
            match = shape(target).fullmatch(goal)
            closer = match is not None and rule.recipe and (best is None or len(match[1]) < len(best[1]))
            if match is not None and closer and self._may_be_made(rule, goal, match[1]):
                best = rule, match[1]
        return best

    def _may_be_made(self, rule: Rule, goal: str, stem: str) -> bool:
        """A pattern rule counts where all that it needs is there, or some rule makes it."""
        needs = (need.replace("%", stem) for need in self._words(self._twice(rule.needs, goal, stem)))
        return all(
            need in self._explicit or self.host.exists(need) or any(shape(target).fullmatch(need) for target, _ in self._patterns)
            for need in needs
        )  # fmt: skip

    def _take_own(self, goal: str) -> dict[str, Variable] | None:
        """Set the variables that hold for this target; what they were before."""
        own = self.reader.own.get(goal)
        if own is None:
            return None
        saved = dict(self.reader.macros.variables)
        for assignment in own:
            self.reader.assign(assignment.name, assignment.operator, assignment.value)
        return saved

    def _recipe(self, rule: Rule, goal: str, stem: str, needs: list[str]) -> Iterator[Line]:
        macros = self.reader.macros
        whole = " ".join(dict.fromkeys(needs))
        texts = {"@": goal, "<": "".join(needs[:1]), "^": whole, "+": " ".join(needs), "?": whole, "*": stem, "|": ""}
        names: dict[str, Parts] = {name: (text,) if text else () for name, text in texts.items()}
        together: list[Line] = []
        for written in rule.recipe:
            macros.automatic = names
            submake = "$(MAKE)" in written or "${MAKE}" in written
            for line in split_lines(macros.expand(written)):
                code, plus = _prefixed(line)
                if not code:
                    continue
                self._count += 1
                made = Line(code, always=plus or submake)
                if ".ONESHELL" in self._explicit:
                    together.append(made)
                    continue
                yield made
        macros.automatic = {}
        if together:
            code = tuple(part for line in together for part in ("\n", *line.code))
            yield Line(joined(code[1:]), always=any(line.always for line in together))


def _with_recipes(rules: Sequence[Rule]) -> list[Rule]:
    """Which of a target's rules are run: the last that has a recipe, or all of `::`."""
    with_recipe = [rule for rule in rules if rule.recipe]
    return with_recipe if with_recipe and with_recipe[-1].double else with_recipe[-1:]


def _stem(rule: Rule, goal: str) -> str:
    match = shape(rule.pattern).fullmatch(goal) if rule.pattern else None
    return match[1] if match is not None else ""


def _prefixed(parts: Parts) -> tuple[Parts, bool]:
    """A line without what make takes off it: `@`, `-`, `+` and blanks."""
    if not parts or not isinstance(parts[0], str):
        return parts, False
    bare = parts[0].lstrip("@-+ \t")
    return joined((bare, *parts[1:])), "+" in parts[0][: len(parts[0]) - len(bare)]


def split_lines(parts: Parts) -> list[Parts]:
    """A macro of several lines is several lines of the recipe; a backslash holds two together."""
    lines: list[list[str | Hole]] = [[]]
    for part in parts:
        if isinstance(part, Hole):
            lines[-1].append(part)
            continue
        for index, piece in enumerate(part.split("\n")):
            last = lines[-1][-1] if lines[-1] else ""
            held = isinstance(last, str) and (len(last) - len(last.rstrip("\\"))) % 2 == 1
            if index and held:
                lines[-1].append("\n" + piece)
            elif index:
                lines.append([piece])
            else:
                lines[-1].append(piece)
    return [joined(line) for line in lines if joined(line)]
