"""`jackline check`: decide without doing anything."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING, Any, Final

import click
import msgspec

from jackline.cli.drawing import draw_decision
from jackline.cli.output import json_option, line, print_bytes, print_json
from jackline.core.action import Action
from jackline.core.codec import encode
from jackline.core.deferred import Deferred
from jackline.core.errors import JacklineError, UsageError
from jackline.guard.opening import open_guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.core.decision import Decision
    from jackline.guard.deciding import Guard
    from jackline.guard.explaining import Explanation

ALLOWED: Final = 0
FAILED: Final = 1
DENIED: Final = 3
ASKED: Final = 4
WITH_REMEDIES: Final = 5
MAX_LINE: Final = 16 * 1024 * 1024
_explain: Final[Callable[[Guard, Action], Explanation]] = Deferred("jackline.guard.explaining", "explain")
_draw: Final[Callable[[Explanation], str]] = Deferred("jackline.cli.explaining", "draw_explanation")
_json_of: Final[Callable[[Explanation], dict[str, Any]]] = Deferred("jackline.cli.explaining", "explanation_json")


@click.command("check")
@click.argument("command_text", metavar="[COMMAND]", required=False)
@click.option(
    "--jsonl", is_flag=True, help="Read actions from standard input, one JSON object a line; answer each in order."
)
@click.option("--tool", default="", help="A tool's name, with --arguments, instead of a shell command.")
@click.option("--arguments", default="", metavar="JSON", help="The tool's arguments, a JSON object.")
@click.option("--cwd", default="", help="The directory in which it would run; this one by default.")
@click.option("--explain", is_flag=True, help="Say what each part does and needs, and what would have it allowed.")
@click.option("--client", default="", help="Judge as for this client (claude, gemini, codex, …).")
@json_option
@click.pass_context
def command(ctx: click.Context, /, command_text: str | None, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - the options above
    """Decide without doing anything."""
    guard = open_guard()
    if options["jsonl"]:
        if command_text is not None or options["tool"] or options["explain"]:
            message = "`--jsonl` reads its actions from standard input; leave out the command, and `--explain`"
            raise UsageError(message)
        ctx.exit(answer_lines(guard, sys.stdin.buffer, options["cwd"] or os.getcwd()))
    action = _action(command_text, options)
    if options["explain"]:
        ctx.exit(_say_why(guard, action, as_json=as_json))
    decision = guard.decide(action, record=False)
    if as_json:
        print_json(decision_json(decision))
    else:
        line(draw_decision(action, decision))
    ctx.exit(exit_code(decision))


def _say_why(guard: Guard, action: Action, *, as_json: bool) -> int:
    found = _explain(guard, action)
    if as_json:
        print_json({**decision_json(found.decision), "explanation": _json_of(found)})
    else:
        line(_draw(found))
    return exit_code(found.decision)


def exit_code(decision: Decision) -> int:
    """The exit code of a verdict (design §7)."""
    if decision.verdict == "allow":
        return WITH_REMEDIES if decision.remedies else ALLOWED
    return ASKED if decision.verdict == "ask" else DENIED


def answer_lines(guard: Guard, lines: IO[bytes], cwd: str) -> int:
    """A line in, a line out, in order. Returns 1 where a line was not valid, else 0."""
    worst = ALLOWED
    while data := lines.readline(MAX_LINE + 1):
        if not data.strip():
            continue
        name: Any = None
        try:
            value = _object(data)
            name = value.get("id")
            decision = guard.decide(_action_of(value, cwd), record=False)
            answer = {"id": name, **decision_json(decision)}
        except JacklineError as error:
            answer = {"id": name, "error": str(error)}
            worst = FAILED
        print_bytes(encode(answer) + b"\n")
    return worst


def decision_json(decision: Decision) -> dict[str, Any]:
    """What `check` promises of a decision: design §7."""
    built = msgspec.to_builtins(decision, order="deterministic")
    return {name: built[name] for name in ("verdict", "remedies", "approval", "effects", "reasons", "micros")}


def _action(command_text: str | None, options: dict[str, Any]) -> Action:
    cwd = os.path.abspath(options["cwd"] or os.getcwd())
    if options["tool"]:
        if command_text is not None:
            message = "give a COMMAND or --tool, not both"
            raise UsageError(message)
        arguments = _object((options["arguments"] or "{}").encode())
        return Action(tool=options["tool"], arguments=arguments, cwd=cwd, client=options["client"])
    if options["arguments"]:
        message = "`--arguments` belongs to `--tool NAME`"
        raise UsageError(message)
    if command_text is None:
        message = "what should be checked? Give a COMMAND as one word: `jackline check 'rm -rf build'`"
        raise UsageError(message)
    return Action(tool="shell", arguments={"command": command_text}, cwd=cwd, client=options["client"])


def _action_of(value: dict[str, Any], cwd: str) -> Action:
    """An action from one line; fields that are not an action's (a corpus's own notes) are left alone. Raises `UsageError`."""
    short = "tool" not in value
    if short and not isinstance(value.get("command"), str):
        message = "an action needs `tool` and `arguments`, or `command` as text"
        raise UsageError(message)
    fields: dict[str, Any] = {name: value[name] for name in ("client", "session", "description") if name in value}
    tool = "shell" if short else value["tool"]
    arguments = {"command": value["command"]} if short else value.get("arguments", {})
    try:
        given: dict[str, Any] = {"tool": tool, "arguments": arguments, "cwd": value.get("cwd", cwd), **fields}
        action = msgspec.convert(given, Action)
    except msgspec.ValidationError as error:
        message = f"not an action: {error}"
        raise UsageError(message) from error
    if not os.path.isabs(action.cwd):
        message = f"`cwd` is `{action.cwd}`; it must be an absolute path"
        raise UsageError(message)
    return action


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_LINE:
        message = f"longer than {MAX_LINE} bytes"
        raise UsageError(message)
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise UsageError(message) from error
    if not isinstance(value, dict):
        message = "not a JSON object"
        raise UsageError(message)
    return value
