"""The table of calls (`calls.toml`), read once: full name → what the call does and which arguments it is about."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One line of the table: the act's name and its argument specifications, in order."""

    act: str
    arguments: tuple[str, ...]


@cache
def _tables() -> tuple[dict[str, Rule], dict[str, Rule]]:
    data = tomllib.loads(files("jackline.lower.python").joinpath("calls.toml").read_text(encoding="utf-8"))
    by_method = {name: _rule(text) for name, text in data.pop("by_method").items()}
    by_name = {name: _rule(text) for group in data.values() for name, text in group.items()}
    return by_name, by_method


def _rule(text: str) -> Rule:
    act, *arguments = text.split()
    return Rule(act, tuple(arguments))


def rule_for(name: str) -> Rule | None:
    """The rule of a full name: `os.remove`, `pathlib.Path.unlink`, `db.execute`."""
    return _tables()[0].get(ALIASES.get(name, name))


def rule_for_method(name: str) -> Rule | None:
    """The rule of a method's bare name, for an object that is not known."""
    return _tables()[1].get(name)


def all_rules() -> dict[str, Rule]:
    """Every rule, for the test that each has an act."""
    by_name, by_method = _tables()
    return {**by_name, **{f"*.{name}": rule for name, rule in by_method.items()}}


ALIASES: Final = {
    "posix.system": "os.system", "posix.remove": "os.remove", "posix.unlink": "os.unlink", "nt.remove": "os.remove",
    "pathlib.PosixPath": "pathlib.Path", "pathlib.PurePath": "pathlib.Path", "builtins.open": "open", "builtins.__import__": "__import__",
    "_io.open": "open", "subprocess.Popen.__init__": "subprocess.Popen", "pathlib.Path.cwd": "os.getcwd",
}  # fmt: skip
"""Other names of the same calls."""
