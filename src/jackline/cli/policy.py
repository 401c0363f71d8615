"""`jackline policy`: check, lay out, show and test policies, and answer raw Cedar requests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, TypeVar

import click

from jackline.cli.output import json_option, line, note, print_bytes, print_json, style
from jackline.cli.reading import read_text
from jackline.core.codec import encode
from jackline.core.errors import ConfigurationError, PolicyError, UsageError
from jackline.guard.configuration import load_phases, read_settings
from jackline.guard.paths import find_homes
from jackline.policy import LayerText, load, shipped
from jackline.policy.cedar.requests import MAX_LINE, Evaluator
from jackline.policy.examples import expression, read_examples, run_examples
from jackline.policy.format import format_policy
from jackline.policy.layers import checked
from jackline.policy.parser import parse
from jackline.policy.schema_json import read_schema
from jackline.policy.vocabulary import schema_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackline.policy.syntax import Policy

T = TypeVar("T")

FAILED: Final = 1
WRONG: Final = 2
EXAMPLES: Final = ".examples"

_POLICY = click.argument("policy", metavar="NAME_OR_FILE")


@click.group("policy")
def command() -> None:
    """Check, lay out, show and test policies; answer raw Cedar requests.

    A policy is a shipped one by its name (baseline, strict, observe), or a file.
    """


@command.command("check")
@click.argument("policies", metavar="NAME_OR_FILE...", nargs=-1, required=True)
@json_option
@click.pass_context
def check(ctx: click.Context, /, policies: tuple[str, ...], *, as_json: bool) -> None:
    """Parse policies and hold them against the schema. Exit 2 where one is wrong."""
    phases = _phases()
    results = [_checked(name, phases) for name in policies]
    if as_json:
        print_json([result for result, _ in results])
    else:
        for result, shown in results:
            (line if result["valid"] else note)(shown)
    ctx.exit(0 if all(result["valid"] for result, _ in results) else WRONG)


def _checked(name: str, phases: tuple[str, ...]) -> tuple[dict[str, object], str]:
    text = _text(name)
    try:
        rules = load([LayerText("user", text, name)], phases).layers[0].policies
    except PolicyError as error:
        result = {"policy": name, "valid": False, "error": str(error), "line": error.line, "column": error.column}
        return {**result, "start": error.start, "end": error.end}, pointed(error, name)
    permits = sum(rule.effect == "permit" for rule in rules)
    counts = f"{len(rules)} rules, {permits} permit and {len(rules) - permits} forbid"
    return {"policy": name, "valid": True, "rules": len(rules)}, f"{name}: {counts}"


def pointed(error: PolicyError, name: str) -> str:
    """An error in a text: the sentence, and the line with a mark below what is wrong."""
    if not error.text:
        return f"{name}: {error}"
    source = error.text.splitlines()[error.line - 1] if error.text.splitlines() else ""
    width = max(1, min(error.end - error.start, len(source) - error.column + 1))
    margin = f"{error.line:>5} | "
    below = " " * (len(margin) + error.column - 1) + "^" * width
    return f"{name}:{error.line}:{error.column}: {error}\n{margin}{source}\n{below}"


@command.command("fmt")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 where a file would change.")
@click.pass_context
def fmt(ctx: click.Context, /, files: tuple[Path, ...], *, only_check: bool) -> None:
    """Lay out policy files: white space changes, nothing else."""
    changed = 0
    for path in files:
        before = read_text(path)
        after = _formatted(before, str(path))
        if after != before:
            changed += 1
            line(f"{path}: {'would change' if only_check else 'laid out'}")
            if not only_check:
                path.write_text(after, encoding="utf-8")
    ctx.exit(FAILED if only_check and changed else 0)


def _formatted(text: str, name: str) -> str:
    return _located(lambda: format_policy(text), name)


@command.command("show")
@_POLICY
@click.option("--rule", default="", metavar="ID", help="Only this rule.")
@json_option
def show(policy: str, rule: str, *, as_json: bool) -> None:
    """Show a policy's rules, each with its id and its reason."""
    text = _text(policy)
    rules = _located(lambda: checked(text, _phases()), policy)
    chosen = [each for each in rules if not rule or each.id == rule]
    if not chosen:
        message = f"`{policy}` has no rule `{rule}`"
        raise UsageError(message)
    if as_json:
        print_json([_rule(each, text) for each in chosen])
    elif rule:
        line(text[chosen[0].start : chosen[0].end])
    else:
        width = max(len(each.id) for each in chosen)
        for each in chosen:
            colour = "red" if each.effect == "forbid" else "green"
            line(f"{style(each.effect, colour)}  {each.id:<{width}}  {each.annotation('why') or ''}".rstrip())


def _rule(policy: Policy, text: str) -> dict[str, object]:
    annotations = dict(policy.annotations)
    return {
        "id": policy.id,
        "effect": policy.effect,
        "annotations": annotations,
        "text": text[policy.start : policy.end],
    }


@command.command("schema")
def schema() -> None:
    """Print the Cedar schema of effects: what a policy can speak of."""
    line(schema_text(_phases()).rstrip("\n"))


@command.command("test")
@_POLICY
@click.option("--examples", default="", metavar="FILE", help="The examples; by default those beside the policy.")
@json_option
@click.pass_context
def test(ctx: click.Context, /, policy: str, examples: str, *, as_json: bool) -> None:
    """Hold a policy against the examples beside it. Exit 1 where one fails."""
    text = _text(policy)
    policies = _located(lambda: load([LayerText("user", text, policy)], _phases()), policy)
    outcomes = run_examples(policies, read_examples(_examples(policy, examples)))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        print_json(
            {
                "passed": len(outcomes) - len(failed),
                "failed": [
                    {
                        "line": outcome.example.line,
                        "example": outcome.example.text,
                        "expected": expression(outcome.example.expected),
                        "found": expression(outcome.found),
                    }
                    for outcome in failed
                ],
            }
        )
    else:
        for outcome in failed:
            line(style(f"line {outcome.example.line}: {outcome.example.text}", "red"))
            line(f"    expected {expression(outcome.example.expected)}; it is {expression(outcome.found)}")
        line(f"{len(outcomes) - len(failed)} of {len(outcomes)} examples hold")
    ctx.exit(FAILED if failed else 0)


@command.command("eval")
@click.option("--policy", "policy", required=True, metavar="FILE", help="Rules in Jackline's subset of Cedar.")
@click.option("--schema", "schema_file", default="", metavar="FILE", help="A Cedar schema, in either of its forms.")
@click.option(
    "--requests", required=True, metavar="FILE", help="Requests, one JSON object a line; `-`: standard input."
)
@click.pass_context
def evaluate(ctx: click.Context, /, policy: str, schema_file: str, requests: str) -> None:
    """Answer raw Cedar requests under any schema, a line for a line.

    Exit 1 where a request was not valid (its line says why), 2 where the policy is outside the subset.
    """
    policy_text = read_text(Path(policy))
    rules = _located(lambda: parse(policy_text), policy)
    known = None
    if schema_file:
        text = read_text(Path(schema_file))
        known = _located(lambda: read_schema(text), schema_file)
    evaluator = Evaluator(rules, known)
    wrong = False
    with _opened(requests) as lines:
        for answer in evaluator.answers(_lines(lines)):
            wrong = wrong or "error" in answer
            print_bytes(encode(answer) + b"\n")
    ctx.exit(FAILED if wrong else 0)


def _lines(source: IO[bytes]) -> Iterator[bytes]:
    """Lines, each cut just past the limit: then it is answered as too long, and the rest of it is dropped."""
    while data := source.readline(MAX_LINE + 1):
        yield data
        while len(data) > MAX_LINE and not data.endswith(b"\n"):
            data = source.readline(MAX_LINE + 1)
            if not data:
                return


def _opened(name: str) -> IO[bytes]:
    if name == "-":
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except OSError as error:
        message = f"`{name}` cannot be read: {error.strerror}"
        raise UsageError(message) from error


def _text(name: str) -> str:
    return shipped.text(name) if name in shipped.NAMES else read_text(Path(name))


def _examples(policy: str, examples: str) -> str:
    if examples:
        return read_text(Path(examples))
    if policy in shipped.NAMES:
        return shipped.examples(policy)
    return read_text(Path(policy).with_suffix(EXAMPLES))


def _located(work: Callable[[], T], name: str) -> T:
    """Does something with a text; an error names the file and the place, in one sentence."""
    try:
        return work()
    except PolicyError as error:
        place = f"{name}:{error.line}:{error.column}" if error.text else name
        message = f"{place}: {error}"
        raise ConfigurationError(message) from error


def _phases() -> tuple[str, ...]:
    """The words of `context.phase`, as the user's settings declare them."""
    homes = find_homes()
    return load_phases(read_settings(homes), homes).words
