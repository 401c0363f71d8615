"""The part of make's language that Makefiles of everyday projects use (GNU make manual): rules, recipes, variables.

In: a Makefile's text, goals, variables of the command line. Out: the recipe lines that make runs, with holes for what
is not known; None where the file does what is not followed here (include, eval, define, pattern goals).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jackline.lower.word import Hole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_LINES: Final = 200
_MAX_DEPTH: Final = 12
_ASSIGNMENT: Final = re.compile(r"^(?:export\s+|override\s+)*([\w.-]+)\s*(::?:?=|\?=|\+=|!=|=)\s*(.*)$")
_RULE: Final = re.compile(r"^([^\s:=#][^:=#]*?)\s*(::?)(?!=)\s*([^;#]*)(?:;(.*))?$")
_REFERENCE: Final = re.compile(r"\$(?:\$|\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\{([^{}]*)\}|(.))")
_NOT_FOLLOWED: Final = re.compile(
    r"^\s*-?(?:s?include|define|ifn?eq|load|guile)\b|\$\((?:eval|call|foreach)\b|^\.(?:ONESHELL|RECIPEPREFIX)",
    re.MULTILINE,
)
_KNOWN: Final = {"MAKE": "make", "SHELL": "/bin/sh", "RM": "rm -f", "CC": "cc", "CXX": "g++", "AR": "ar", "CURDIR": "."}


@dataclass(slots=True)
class _Makefile:
    variables: dict[str, str | None] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    first: str = ""


def recipes(
    text: str, goals: Sequence[str | None], given: Mapping[str, str | None]
) -> list[tuple[str | Hole, ...]] | None:
    """The recipe lines that these goals run, in order. None where they cannot be told."""
    if _NOT_FOLLOWED.search(text):
        return None
    parsed = _parse(text)
    parsed.variables.update(given)
    found: list[tuple[str | Hole, ...]] = []
    done: set[str] = set()
    for goal in [goal for goal in goals if goal is not None] or [parsed.first]:
        if not _follow(parsed, goal, found, done, 0):
            return None
    return found


def _parse(text: str) -> _Makefile:
    parsed = _Makefile()
    targets: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t") and targets:
            for target in targets:
                parsed.lines.setdefault(target, []).append(line.strip())
            continue
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        assignment = _ASSIGNMENT.match(bare)
        rule = _RULE.match(bare) if assignment is None else None
        if assignment is not None:
            targets = []
            _assign(parsed, assignment)
        elif rule is not None:
            targets = rule[1].split()
            _declare(parsed, targets, rule)
        else:
            targets = []
    return parsed


def _assign(parsed: _Makefile, match: re.Match[str]) -> None:
    name, operator, value = match[1], match[2], match[3].partition(" #")[0].strip()
    if operator == "!=":
        parsed.variables[name] = None
    elif operator == "+=":
        old = parsed.variables.get(name, "")
        parsed.variables[name] = None if old is None else f"{old} {value}".strip()
    elif operator != "?=" or name not in parsed.variables:
        parsed.variables[name] = value


def _declare(parsed: _Makefile, targets: list[str], rule: re.Match[str]) -> None:
    for target in targets:
        if not parsed.first and not target.startswith(".") and "%" not in target:
            parsed.first = target
        parsed.needs.setdefault(target, []).extend(rule[3].replace("|", " ").split())
        if rule[4]:
            parsed.lines.setdefault(target, []).append(rule[4].strip())


def _follow(parsed: _Makefile, goal: str, found: list[tuple[str | Hole, ...]], done: set[str], depth: int) -> bool:
    if goal in done:
        return True
    done.add(goal)
    if depth > _MAX_DEPTH or len(found) > _MAX_LINES:
        return False
    if goal not in parsed.needs and goal not in parsed.lines:
        return not any("%" in target for target in parsed.lines) or "." not in goal
    for need in parsed.needs.get(goal, ()):
        for name in _text(parsed, need, goal).split():
            if name in parsed.needs and not _follow(parsed, name, found, done, depth + 1):
                return False
    found += [_expand(parsed, line.lstrip("@-+ "), goal, 0) for line in parsed.lines.get(goal, ())]
    return True


def _text(parsed: _Makefile, text: str, goal: str) -> str:
    return "".join(part for part in _expand(parsed, text, goal, 0) if isinstance(part, str))


def _expand(parsed: _Makefile, text: str, goal: str, depth: int) -> tuple[str | Hole, ...]:
    parts: list[str | Hole] = []
    position = 0
    for match in _REFERENCE.finditer(text):
        _add(parts, text[position : match.start()])
        position = match.end()
        if match[0] == "$$":
            _add(parts, "$")
            continue
        for part in _value(parsed, match[1] or match[2] or match[3] or "", goal, depth):
            _add(parts, part)
    _add(parts, text[position:])
    return tuple(parts) or ("",)


def _add(parts: list[str | Hole], part: str | Hole) -> None:
    if isinstance(part, str) and parts and isinstance(parts[-1], str):
        parts[-1] += part
    elif part != "":
        parts.append(part)


def _value(parsed: _Makefile, name: str, goal: str, depth: int) -> tuple[str | Hole, ...]:
    if name == "@":
        return (goal,)
    value = parsed.variables.get(name, _KNOWN.get(name))
    if value is None or depth > _MAX_DEPTH or " " in name:
        unset = name not in parsed.variables and " " not in name and name.isupper() and name.endswith("FLAGS")
        return ("",) if unset else (Hole(f"$({name})", "trusted"),)
    return _expand(parsed, value, goal, depth + 1)
