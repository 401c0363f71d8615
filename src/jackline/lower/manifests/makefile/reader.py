"""The statements of a Makefile: rules, assignments, conditionals, includes, definitions (GNU make manual, 3 to 7).

A conditional that cannot be decided is read as if its branch number `choice` held: who wants to know what the Makefile may
do reads it `alternatives` times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.makefile.macros import Macros, Variable, matching
from jackline.lower.manifests.parts import joined, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.manifests.parts import Host, Parts

MAX_RULES: Final = 2000
MAX_INCLUDED: Final = 24
_ASSIGNED: Final = re.compile(r":::=|::=|:=|\?=|\+=|!=|=")
_NAME: Final = re.compile(r"(?:(?:export|override|private|unexport)\s+)*(\S+)")
_CONDITIONAL: Final = re.compile(r"(ifeq|ifneq|ifdef|ifndef|else|endif)\b\s*(.*)", re.DOTALL)
_DEFINE: Final = re.compile(r"(?:(?:override|export)\s+)*define\s+(\S+)\s*(=|:=|::=|\+=|\?=)?\s*$")
_INCLUDE: Final = re.compile(r"(-include|sinclude|include)\s+(.*)", re.DOTALL)
_IGNORED: Final = re.compile(r"(?:unexport|vpath)\b")
_UNDEFINE: Final = re.compile(r"(?:override\s+)?undefine\s+(.*)", re.DOTALL)
_QUOTED: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(?:"([^"]*)"|'([^']*)')\s*""")


class _Chain(Inner):
    """One `if … else if … else … endif`: whether its present branch holds, whether one did, how many were undecided."""

    active: bool = False
    done: bool = False
    undecided: int = 0


class Rule(Inner):
    """Targets with what they need. `recipe` has the lines as they are written, `stem_of` a static pattern's target side."""

    targets: list[str]
    needs: Parts
    recipe: list[str] = field(default_factory=list)
    double: bool = False
    pattern: str = ""


class Assignment(Inner):
    """One that holds for a target and what it needs."""

    name: str
    operator: str
    value: str


class Reader(Inner):
    """Reads texts into rules and variables, in the order in which make does."""

    macros: Macros
    choice: int = 0
    alternatives: int = 1
    rules: list[Rule] = field(default_factory=list)
    own: dict[str, list[Assignment]] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    included: list[str] = field(default_factory=list)
    first: str = ""
    _branches: list[_Chain] = field(default_factory=list)
    _open: Rule | None = None

    @property
    def host(self) -> Host:
        """Where questions go."""
        return self.macros.host

    def read(self, text: str) -> None:
        """Read a whole text."""
        self.macros.evaluate = self.read
        depth = len(self._branches)
        lines = iter(text.split("\n"))
        for line in lines:
            self.host.step()
            if self._open is not None and line.startswith(prefix := self._prefix()):
                self._recipe_line(line, lines, prefix)
                continue
            whole = _continued(line, lines)
            self._statement(_without_comment(whole).strip(), lines)
            if len(self.rules) > MAX_RULES:
                self.macros.unknown = True
                break
        del self._branches[depth:]

    def _prefix(self) -> str:
        """What a recipe's lines begin with: the first character of `.RECIPEPREFIX`, else a tab."""
        if ".RECIPEPREFIX" not in self.macros.variables:
            return "\t"
        value = self.macros.text("$(.RECIPEPREFIX)")
        self.macros.unknown |= value is None
        return (value or "\t")[0]

    def _recipe_line(self, line: str, lines: Iterator[str], prefix: str) -> None:
        text = line[1:]
        while _goes_on(text):
            following = next(lines, None)
            if following is None:
                break
            text += "\n" + following.removeprefix(prefix)
        if self._open is not None and self._active():
            self._open.recipe.append(text)

    def _statement(self, line: str, lines: Iterator[str]) -> None:
        conditional = _CONDITIONAL.match(line)
        if conditional is not None and not _ASSIGNED.match(conditional[2]):
            self._condition(conditional[1], conditional[2])
            return
        define = _DEFINE.match(line)
        if define is not None:
            self._define(define, lines)
            return
        if not line or not self._active():
            return
        include = _INCLUDE.match(line)
        if include is not None:
            self._open = None
            self._include(include[2])
        elif line.startswith("export") and _ASSIGNED.search(line) is None:
            self.exported.update(line.split()[1:] or ["*"])
        elif undefined := _UNDEFINE.fullmatch(line):
            self.macros.variables.pop(self.macros.text(undefined[1].strip()) or "", None)
        elif _IGNORED.match(line):
            self._open = None
        elif re.match(r"-?load\s", line):
            self.macros.unknown = True
        else:
            self._assignment_or_rule(line)

    # Conditionals.

    def _active(self) -> bool:
        return all(chain.active for chain in self._branches)

    def _condition(self, word: str, rest: str) -> None:
        if word == "endif":
            del self._branches[-1:]
        elif word != "else":
            outside = self._active()
            self._branches.append(_Chain(done=not outside))
            if outside:
                self._decide(self._branches[-1], word, rest)
        elif self._branches:
            chain = self._branches.pop()
            nested = _CONDITIONAL.match(rest)
            if chain.done or not self._active():
                chain.active = False
            elif nested is None:
                chain.active = chain.done = True
            else:
                self._decide(chain, nested[1], nested[2])
            self._branches.append(chain)

    def _decide(self, chain: _Chain, word: str, rest: str) -> None:
        holds = self._defined(rest.strip()) if word in {"ifdef", "ifndef"} else self._equal(rest.strip())
        if holds is None:
            holds = chain.undecided == self.choice
            chain.undecided += 1
            self.alternatives = max(self.alternatives, chain.undecided + 1)
        elif word in {"ifndef", "ifneq"}:
            holds = not holds
        chain.active = chain.done = holds

    def _defined(self, rest: str) -> bool | None:
        name = self.macros.text(rest)
        if name is None:
            return None
        if name in self.macros.given:
            return bool(self.macros.given[name])
        found = self.macros.variables.get(name)
        if found is not None:
            return bool(found.parts)
        from_world = self.host.variable(name)
        return None if from_world is None else bool(from_world)

    def _equal(self, rest: str) -> bool | None:
        if rest.startswith("("):
            end = matching(rest, 0)
            sides = _two_sides(rest[1:end]) if end > 0 else None
        else:
            quoted = _QUOTED.fullmatch(rest)
            sides = (quoted[1] or quoted[2] or "", quoted[3] or quoted[4] or "") if quoted is not None else None
        if sides is None:
            return None
        left, right = self.macros.text(sides[0].strip()), self.macros.text(sides[1].strip())
        return None if left is None or right is None else left == right

    # Variables.

    def _define(self, match: re.Match[str], lines: Iterator[str]) -> None:
        body, depth = [], 1
        for line in lines:
            self.host.step()
            bare = line.strip()
            depth += 1 if bare.startswith("define ") else -1 if bare.split(" ")[0] == "endef" else 0
            if depth == 0:
                break
            body.append(line)
        if self._active():
            self.assign(match[1], match[2] or "=", "\n".join(body))

    def assign(self, name: str, operator: str, value: str) -> None:
        """One assignment."""
        variables = self.macros.variables
        before = variables.get(name)
        parts: Parts
        if operator == "!=":
            output = self.host.shell(self.macros.expand(value))
            parts = (output.strip(),) if output is not None else (self.macros.hole(f"shell {value}"),)
            variables[name] = Variable(parts, simple=True)
        elif operator == "?=":
            from_world = self.host.variable(name) if before is None else None
            if from_world is not None:
                variables[name] = Variable(from_world, simple=True)
            elif before is None:
                variables[name] = Variable((value,) if value else ())
        elif operator == "+=":
            simple = before is not None and before.simple
            added = self.macros.expand(value) if simple else (value,)
            parts = joined((*before.parts, " ", *added)) if before is not None and before.parts else added
            variables[name] = Variable(parts, simple)
        elif ":" in operator:
            variables[name] = Variable(self.macros.expand(value), simple=True)
        else:
            variables[name] = Variable((value,) if value else ())

    # Includes.

    def _include(self, rest: str) -> None:
        names = self.macros.text(rest)
        if names is None or len(self.included) > MAX_INCLUDED:
            self.macros.unknown = True
            return
        for pattern in names.split():
            matched = self.host.names(pattern) if "*" in pattern or "?" in pattern else [pattern]
            if matched is None:
                self.macros.unknown = True
            for name in matched or ():
                self.included.append(name)
                texts = self.host.include(name)
                if texts is None or len(texts) > 1:
                    self.macros.unknown = True
                for text in texts or ():
                    self.read(text)
        self._open = None

    # Rules.

    def _assignment_or_rule(self, line: str) -> None:
        position, operator = _operator(line)
        name = _NAME.fullmatch(line[:position].strip()) if operator not in {"", ":"} else None
        if operator not in {"", ":"}:
            self._open = None
            if name is None:
                self.macros.unknown = True
                return
            if line.startswith("export"):
                self.exported.add(name[1])
            spelled = self.macros.text(name[1])
            if spelled is None:
                self.macros.unknown = True
            else:
                self.assign(spelled, operator, line[position + len(operator) :].strip())
        elif operator == ":":
            self._rule(line[:position], line[position:])
        else:
            self._open = None
            expanded = known(self.macros.expand(line))
            if expanded is None:
                self.macros.unknown = True
            elif expanded.strip() and expanded != line:
                self.read(expanded)
                self._open = None

    def _rule(self, before: str, after: str) -> None:
        double = after.startswith("::")
        rest = after[2:] if double else after[1:]
        targets = self.macros.text(before.strip().removesuffix("&"))
        if targets is None:
            self.macros.unknown = True
            self._open = Rule([], ())  # its recipe is somebody's, whose is not known
            return
        names = targets.split()
        position, operator = _operator(rest)
        if operator not in {"", ":"}:
            self._own(names, rest[:position], operator, rest[position + len(operator) :].strip())
            return
        needs, semicolon, recipe = _at_semicolon(rest)
        shape, colon, static = needs.partition(":")
        rule = Rule(names, self.macros.expand((static if colon else needs).strip()), double=double,
                    pattern=self.macros.text(shape.strip()) or "" if colon else "")  # fmt: skip
        if semicolon and recipe.strip():
            rule.recipe.append(recipe.strip())
        self.rules.append(rule)
        self._open = rule
        if not self.first:
            self.first = next(
                (name for name in names if "%" not in name and (not name.startswith(".") or "/" in name)), ""
            )

    def _own(self, names: list[str], before: str, operator: str, value: str) -> None:
        name = _NAME.fullmatch(before.strip())
        self._open = None
        if name is None:
            self.macros.unknown = True
            return
        if before.strip().startswith("export"):
            self.exported.add(name[1])
        for target in names:
            self.own.setdefault(target, []).append(Assignment(name[1], operator, value))


def _goes_on(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _continued(line: str, lines: Iterator[str]) -> str:
    while _goes_on(line):
        following = next(lines, None)
        if following is None:
            return line[:-1]
        line = line[:-1].rstrip() + " " + following.strip()
    return line


def _without_comment(line: str) -> str:
    position = line.find("#")
    while position > 0 and line[position - 1] == "\\":
        position = line.find("#", position + 1)
    return (line if position < 0 else line[:position]).replace("\\#", "#")


def _operator(line: str) -> tuple[int, str]:
    """The first `:` or assignment that stands in no reference, and where."""
    position = 0
    while position < len(line):
        character = line[position]
        if character == "$" and position + 1 < len(line) and line[position + 1] in "({":
            end = matching(line, position + 1)
            position = end + 1 if end > 0 else len(line)
            continue
        if character == ";":
            return position, ""
        found = _ASSIGNED.match(line, position)
        if found is not None:
            return position, found[0]
        if character == ":":
            return position, ":"
        position += 1
    return position, ""


def _at_semicolon(text: str) -> tuple[str, bool, str]:
    position = 0
    while position < len(text):
        if text[position] == "$" and text[position + 1 : position + 2] in {"(", "{"}:
            end = matching(text, position + 1)
            position = end if end > 0 else len(text)
        elif text[position] == ";":
            return text[:position], True, text[position + 1 :]
        position += 1
    return text, False, ""


def _two_sides(text: str) -> tuple[str, str] | None:
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "({") - (character in ")}")
        if character == "," and depth == 0:
            return text[:index], text[index + 1 :]
    return None
