"""The published corpus: `commands/CLASS.txt`, a command with its decision and its effects (see `commands/README.md`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jackline.core.action import Action
from jackline.core.effect import ANY
from jackline.lower.catalogue.notation import DEFAULT_UNDO
from jackline.lower.lowering import lower
from jackline.policy import shipped
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, load
from jackline.policy.posture import Posture
from tests.corpus.worlds import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.decision import Decision
    from jackline.core.effect import Effect
    from jackline.policy.layers import Policies

FOLDER: Final = Path(__file__).parent / "commands"
SURROUNDINGS: Final = Path(__file__).parent / "surroundings"
_WORLD: Final = re.compile(r"^# surroundings: (\S+)$", re.MULTILINE)
_START: Final = re.compile(r"^(allow|ask|deny) {2,4}(\S.*)$")
_CONTINUED: Final = "     | "
_EFFECT: Final = "         "


@dataclass(slots=True)
class Case:
    """One command as it stands in a file: `line` is where."""

    command: str
    decision: str
    surroundings: str
    effects: list[str] = field(default_factory=list)
    line: int = 0


def files() -> list[Path]:
    """The classes, in order."""
    return sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> tuple[str, list[Case]]:
    """The comments at the top of a file, and its cases. Raises `ValueError` for a line that is none of the forms."""
    text = path.read_text(encoding="utf-8")
    world = _WORLD.search(text)
    head = [line for line in text.splitlines() if line.startswith("#")]
    cases: list[Case] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        start = _START.match(line)
        if start is not None:
            cases.append(Case(start[2], start[1], world[1] if world else "project", line=number))
        elif line.startswith(_CONTINUED) or line == _CONTINUED.rstrip():
            cases[-1].command += "\n" + line[len(_CONTINUED) :]
        elif line.startswith(_EFFECT):
            cases[-1].effects.append(line.strip())
        else:
            message = f"{path.name}:{number}: `{line}` begins neither a case nor an effect"
            raise ValueError(message)
    return "\n".join(head), cases


def written(head: str, cases: Iterable[Case]) -> str:
    """The text of a file."""
    lines = [head, ""]
    for case in cases:
        first, *more = case.command.split("\n")
        lines.append(f"{case.decision:5}  {first}".rstrip())
        lines += [f"{_CONTINUED}{line}".rstrip() for line in more]
        lines += [_EFFECT + effect for effect in case.effects]
    return "\n".join(lines) + "\n"


@cache
def _policies() -> Policies:
    return load([LayerText("user", shipped.text("baseline"), "baseline")])


@cache
def _world(name: str) -> World:
    return World(SURROUNDINGS / f"{name}.toml")


def decided(command: str, surroundings: str = "project") -> Decision:
    """What the baseline decides in hooked mode, without a sandbox, in the named surroundings."""
    around = _world(surroundings).surroundings()
    lowered = lower(Action(tool="shell", arguments={"command": command}, cwd=around.cwd), around)
    posture = Posture(agent="test", assurance="hooked", available=frozenset(), approvals=3)
    return judge(_policies(), lowered.effects, posture)


def shown(decision: Decision, surroundings: str = "project") -> list[str]:
    """The effects in the notation of the corpus, each once, without the runs of installed programs."""
    world = _world(surroundings)
    return list(dict.fromkeys(_effect(effect, world) for effect in decision.effects if not _plain_run(effect)))


def _plain_run(effect: Effect) -> bool:
    return (
        effect.verb == "execute"
        and effect.resource.kind == "process"
        and effect.authorship == "installed"
        and not effect.resource.labels
    )


def _effect(effect: Effect, world: World) -> str:
    resource = effect.resource
    words = [effect.verb, resource.kind, _name(resource.name, world)]
    if resource.environment != "unknown":
        words.append(resource.environment)
    words += sorted(resource.labels)
    if effect.authorship != "none":
        words.append(effect.authorship)
    if effect.reversible != DEFAULT_UNDO.get(effect.verb, "yes"):
        words.append(effect.reversible)
    if effect.extent == ANY:
        words.append("all")
    if effect.certainty == "possible":
        words.append("possible")
    return " ".join(words)


def _name(name: str, world: World) -> str:
    """A path relative to where the command stands, or to the home; a name with blanks in quotes."""
    for root, short in ((world.cwd, "."), (world.home, "~")):
        if name == root:
            name = short
        elif name.startswith(root + "/"):
            name = f"{short}/{name[len(root) + 1 :]}"
    name = name.replace("\n", "⏎")
    return f"'{name}'" if not name or re.search(r"\s", name) else name
