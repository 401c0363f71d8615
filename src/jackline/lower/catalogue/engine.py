"""The one way into the catalogue: find the entry, read the words by its grammar, write what it says."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.core.effect import Resource
from jackline.lower.catalogue.acts import emit_absent, emit_acts
from jackline.lower.catalogue.arguments import assign, choose, read
from jackline.lower.catalogue.call import Call
from jackline.lower.catalogue.command import Command, Outcome
from jackline.lower.catalogue.folds import fold
from jackline.lower.catalogue.grammar import closed
from jackline.lower.catalogue.handing import emit_handed_on, emit_mining
from jackline.lower.catalogue.identity import Identity, identify
from jackline.lower.catalogue.listing import below, ending_of, in_git, is_file
from jackline.lower.catalogue.notation import holds
from jackline.lower.catalogue.roles import EARLY, FRAMEWORK_SCRIPTS, ROLE_ACTIONS, RUN_ACTIONS, apply_role
from jackline.lower.catalogue.special import SPECIALS, npm_other, run_alias
from jackline.lower.catalogue.special.configuring import CONFIGURED, read_configuration
from jackline.lower.catalogue.store import program
from jackline.lower.catalogue.variables import apply_variables
from jackline.lower.word import Data, Hole, Word, weakest, word

if TYPE_CHECKING:
    from jackline.core.words import Environment, Label, Origin, Reach
    from jackline.lower.catalogue.grammar import Node, Slot
    from jackline.lower.catalogue.notation import Condition
    from jackline.lower.scope import Scope

SCRIPT_RUNNERS: Final = frozenset({"npm", "pnpm", "yarn", "bun"})
"""Programs whose unknown sub-commands are scripts of the project."""
_PATTERN: Final = late_pattern(r"[*?]|\[.+\]")
_LATE: Final = frozenset(ROLE_ACTIONS) - EARLY
_CODE: Final = frozenset({"code", "script"})
"""Roles of options that do something without any operand: `bun -e CODE`."""
_WITH_HIDDEN: Final = frozenset({"grep", "egrep", "fgrep", "git"})
"""Programs that list files whose names begin with a dot."""
_UNTRUSTED: Final = frozenset({"untrusted", "injected"})
_SECRET: Final[frozenset[Label]] = frozenset({"secret"})
"""The environment has keys and tokens among its variables."""


def run_program(command: Command, scope: Scope) -> Outcome:
    """Lower one program with its words. Raises `BoundsReached` past the scope's bounds."""
    scope.bounds.step()
    if not command.words:
        return Outcome()
    first = command.words[0]
    text = first.text
    if not text:
        authorship = weakest(hole.authorship for hole in first.holes) if text is None else "installed"
        scope.opaque(f"program {first.shown}", at=_span(first, command), authorship=authorship)
        return Outcome()
    if "/" in text and not first.quoted and _PATTERN.search(text):
        scope.opaque(f"program {text}", at=_span(first, command), authorship="unknown")  # whichever the pattern matches
        return Outcome()
    identity = identify(text, command, scope)
    if identity.entry is None:
        return _without_entry(identity, command, scope)
    if identity.prefix:
        added = tuple(word(part, first.start, first.end) for part in identity.prefix)
        command = replace(command, words=(first, *added, *command.words[1:]))
    _execute(identity, command, scope)
    return _by_entry(identity.name, identity.entry, command, scope)


def _span(first: Word, command: Command) -> tuple[int, int]:
    return (first.start, first.end) if first.end > first.start else command.at


def _execute(identity: Identity, command: Command, scope: Scope) -> None:
    resource = _process(identity.name, scope.place.environment, scope.reach())
    scope.emit("execute", resource, at=_span(command.words[0], command), authorship=identity.authorship)


@lru_cache(maxsize=1024)
def _process(name: str, environment: Environment, reach: Reach) -> Resource:
    return Resource("process", name, environment, reach)


def _without_entry(identity: Identity, command: Command, scope: Scope) -> Outcome:
    script = scope.languages.get("script")
    emit_mining(identity.name, command.words[1:], scope, command.at)
    if identity.what == "script" and script is not None:
        inner = replace(scope, cwd=command.cwd, environment=command.environment, stdin=command.stdin)
        named = replace(command.words[0], parts=(identity.path,))
        output = script(named, inner, command.words[1:])
        entry = program(identity.name) if identity.name in FRAMEWORK_SCRIPTS else None
        if entry is None:
            emit_absent(identity.path, command.words[1:], scope, command.at)
        return _by_entry(identity.name, entry, command, scope) if entry is not None else Outcome(output)
    _execute(identity, command, scope)
    if identity.what != "absent":
        scope.opaque(
            identity.path or identity.name, at=_span(command.words[0], command), authorship=identity.authorship
        )
    before = len(scope.effects)
    emit_handed_on(command, scope)
    if all(effect.verb == "execute" for effect in scope.effects[before:]):
        emit_acts(identity.name, command.words[1:], scope, command.at)
    return Outcome(Data(None, command.stdin.labels, fetched=command.stdin.fetched))


def _by_entry(name: str, root: Node, command: Command, scope: Scope) -> Outcome:
    words = command.words[1:]
    node, arguments, position, strange = choose(root, words)
    call = Call(name, node, arguments, command, scope, command.cwd, dict(command.environment))
    if not strange:
        read(node, words, position, arguments)
    _apply_options(call, EARLY)
    _apply_command_options(call, root)
    if strange:
        arguments.operands += words[position:]
        _unknown_command(call)
    else:
        _apply(call)
    return _outcome(call)


def _unknown_command(call: Call) -> None:
    """A sub-command that the entry does not describe."""
    given = call.arguments.operands[0]
    if call.program in SCRIPT_RUNNERS and npm_other(call):
        return
    if call.node.otherwise in {"installed", "opaque"}:
        _apply_acts(call)
    if call.node.otherwise == "installed" and given.text is not None:
        return
    if call.node.otherwise == "read" and given.text is not None:
        call.emit("read", "infrastructure", f"{call.program}/{given.text}", at=call.at(given))
        return
    if call.node.otherwise == "external" and given.text is not None and len(call.node.path) == 1:
        _external(call, given)
        return
    call.scope.opaque(
        f"{call.program} {given.shown}", at=call.at(given), authorship="unknown" if given.text is None else "installed"
    )


def _apply_acts(call: Call) -> None:
    """What the words say that no table describes."""
    words = (*map(word, call.command_words()), *(call.arguments.operands or call.arguments.rest))
    changing = call.node.acts == "changing" or (not call.node.defined and _above(call.node).acts == "changing")
    emit_acts(call.program, words, call.scope, call.command.at, changing=changing)


def _above(node: Node) -> Node:
    """The program's own table: a group that no table describes is as it says."""
    while node.parent is not None:
        node = node.parent
    return node


def _apply_options(call: Call, kinds: frozenset[str]) -> None:
    """What the values of options do, as far as their roles are of these kinds."""
    for option, values in call.arguments.order:
        for role, value in zip(option.values, values, strict=False):
            if role.kind in kinds:
                apply_role(call, value, role)


def _apply_command_options(call: Call, root: Node) -> None:
    """What options before the sub-command do by themselves: `git -c core.pager=…`."""
    if root.special and call.node is not root and root.children:
        SPECIALS[root.special](call)


def _external(call: Call, given: Word) -> None:
    """`git frob` is the program `git-frob`, unless it is an alias."""
    if call.program == "git" and run_alias(call):
        return
    words = tuple(call.arguments.operands)
    named = replace(given, parts=(f"{call.program}-{given.text}",))
    command = replace(call.command, words=(named, *words[1:]), cwd=call.cwd)
    identity = identify(named.text or "", command, call.scope, dashed=False)
    call.output = _without_entry(identity, command, call.scope).output


def _apply(call: Call) -> None:
    """The order: directory and variables, then effects, options, operands, the entry's own function, the input."""
    node = call.node
    if call.arguments.options:
        if node.harmless and _asked(call, node.harmless):
            return
        call.dry = bool(node.dry_run) and _asked(call, node.dry_run)
    if closed(node) and not call.arguments.operands:
        if call.program == "yarn":  # by itself it installs
            call.output = call.run((call.command.words[0], word("install"), *call.command.words[1:]))
        _apply_options(call, _CODE)
        return
    _bind_operands(call)
    apply_variables(call)
    for template in node.effects:
        state = call.holds(template.condition) if template.condition else True
        if state is not False:
            call.apply(template, certain=state is True)
    _apply_options(call, _LATE)
    _apply_operands(call)
    if node.acts:
        _apply_acts(call)
    if node.special:
        SPECIALS[node.special](call)
    if call.program in CONFIGURED and call.scope.place.here:
        read_configuration(call)
    _apply_stdin(call)


def _asked(call: Call, condition: Condition) -> bool:
    """Whether help or a dry run was surely asked for: `--dry-run=$X` may ask for the real one."""
    if call.holds(condition) is not True:
        return False
    given = [found for term in condition for name, _ in term.alternatives for found in call.lookup(name) or ()]
    return all(found.text is not None for found in given)


def _slots(call: Call) -> tuple[Slot, ...]:
    for condition, slots in call.node.operands:
        if not condition or holds(condition, call.lookup):
            return slots
    return ()


def _bind_operands(call: Call) -> None:
    slots = _slots(call)
    if call.arguments.rest:
        call.operands["arguments"] = list(call.arguments.rest)
    call.slots = assign(slots, call.arguments.operands)
    for slot, given in call.slots:
        call.operands.setdefault(slot.name, []).append(given)
        if slot.role.kind in EARLY:
            apply_role(call, given, slot.role)


def _apply_operands(call: Call) -> None:
    runs: dict[str, list[Word]] = {}
    for slot, given in call.slots:
        if slot.role.kind in RUN_ACTIONS:
            runs.setdefault(slot.role.kind, []).append(given)
        elif slot.role.kind not in EARLY:
            apply_role(call, given, slot.role)
    for kind, words in runs.items():
        RUN_ACTIONS[kind](call, words)


def _apply_stdin(call: Call) -> None:
    """Code that comes in by the standard input."""
    for language, condition in call.node.stdin:
        if not call.command.stdin.empty and call.holds(condition) is not False:
            call.output = call.code(language, call.command.stdin)
            return


def _paths(call: Call, *, under: bool) -> tuple[str | Hole, ...]:
    """The output of a program that lists files: each is below one of its operands, else below the directory."""
    given = [name for slot, name in call.slots if slot.role.kind in {"read", "read-tree", "look"} and name.prefix]
    if not under and not all(is_file(call, name) for name in given):
        given = []
    parts: list[str | Hole] = []
    for start in given or [Word((".",))]:
        for found in below(call, start, hidden=call.program in _WITH_HIDDEN, ending=ending_of(call)):
            if call.program != "git" or in_git(call, found):
                parts += [*found.parts, "\n"]
    return tuple(parts)


def _outcome(call: Call) -> Outcome:
    """What it prints: folded where that can be computed, else with the labels of all that it read."""
    node, stdin = call.node, call.command.stdin
    if not call.command.heard:
        return Outcome(status=call.status)
    if call.output is not None:
        return Outcome(call.output, call.status)
    if node.fold:
        folded = fold(node.fold, call)
        if folded is not None:
            return Outcome(folded, call.status)
    labels = stdin.labels | call.read_labels()
    if node.output == "environment" and call.holds(node.output_when) is not False:
        return Outcome(Data(None, labels | _SECRET, "trusted"), call.status)
    if node.output in {"paths", "names"} and call.holds(node.output_when):
        return Outcome(Data(None, labels, "trusted", parts=_paths(call, under=node.output == "paths")), call.status)
    if node.output == "setup" and call.holds(node.output_when):
        hole = Hole(f"output of {call.program}", "trusted", authorship="installed")
        return Outcome(Data(None, labels, "trusted", parts=(hole,)), call.status)
    fetched = stdin.fetched
    origin: Origin = "trusted" if stdin.empty or stdin.origin in {"user", "trusted"} else stdin.origin
    if node.output == "fetched":
        fetched = call.name(node.effects[0].name) if node.effects else call.program
    if node.output == "fetched" or labels & _UNTRUSTED:
        origin = "untrusted"
    source = call.sources[0] if len(call.sources) == 1 else ""
    return Outcome(Data(None, labels, origin, fetched, source), call.status)
