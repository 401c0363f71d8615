"""The clients' own tools: a corpus, the calls that real clients sent, and whatever else they might send."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.action import Action
from jackline.core.effect import Resource
from jackline.core.tools import NATIVE, canonical
from jackline.lower.patches import read_patch
from jackline.lower.scope import Scope
from jackline.lower.surroundings import FileFacts, Surroundings, Table
from jackline.lower.tools import TOOLS, lower_tool
from jackline.lower.word import UNKNOWN

HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "tools.toml").read_text(encoding="utf-8"))["case"]
SAMPLES = HERE.parent / "clients" / "samples"
STANDINGS = {"clean", "modified", "untracked", "ignored", "outside"}
CWD = "/home/dev/app"


def shell(code, scope, arguments=()):
    """Stands for the shell, which has its own tests: what counts here is that it is asked, and with which text."""
    assert code.text.strip() == "COMMAND"
    scope.emit("execute", Resource("process", "<shell>"), at=(0, len("COMMAND")))
    return UNKNOWN


def lowered(tool, arguments, answers=None):
    name, given_arguments = canonical(tool, arguments)
    world = Surroundings(Table(answers or {}), cwd=CWD, workspace=CWD, home="/home/dev", user="dev")
    scope = Scope(world, {"shell": shell})
    assert lower_tool(Action(tool=name, arguments=given_arguments, cwd=CWD), scope)
    return scope


def answers_of(case):
    answers = {("definition", name): text for name, text in case.get("definitions", {}).items()}
    for path, text in case.get("disk", {}).items():
        said, _, real = text.partition(" -> ")
        kind, *rest = said.split()
        answers["file", path] = FileFacts(
            kind, real or path, "self", next((int(word) for word in rest if word.isdecimal()), 1)
        )
        if set(rest) & STANDINGS:
            answers["standing", path] = frozenset(rest) & STANDINGS
    return answers


def line(effect):
    name = "*" if effect.verb == "opaque" else effect.resource.name
    return " ".join([effect.verb, effect.resource.kind, name, *sorted(effect.resource.labels)])


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{index}:{case.get('about', case['tool'])}") for index, case in enumerate(CASES)]
)
def test_calls(case):
    scope = lowered(case["tool"], case["arguments"], answers_of(case))
    found = [line(effect) for effect in scope.effects]
    if "contains" in case:
        assert [one for one in case["contains"] if one not in found] == [], found
    else:
        assert found == case["effects"]


def test_evidence_stands_in_the_text_that_it_quotes():
    scope = lowered(
        "move", {"path": "a.txt", "to": "b.txt"}, {("file", f"{CWD}/a.txt"): FileFacts("file", f"{CWD}/a.txt")}
    )
    assert all(scope.text[one.evidence.start : one.evidence.end] == one.evidence.text for one in scope.effects)
    assert {one.evidence.text for one in scope.effects} == {"a.txt"}


EXPECTED = {
    "Write": {"create"}, "Edit": {"modify"}, "Read": {"read"}, "Agent": {"execute"}, "apply_patch": {"create", "modify"},
    "read_file": {"read"}, "write_file": {"create"}, "replace": {"modify"},
}  # fmt: skip
"""Tool of a sample → the verbs that a call of it may have (files called `new…` do not exist yet)."""


def samples():
    for path in sorted(SAMPLES.glob("*/*.json")):
        message = json.loads(path.read_text(encoding="utf-8"))
        if message.get("hook_event_name") in {"PreToolUse", "BeforeTool"} and message["tool_name"] in EXPECTED:
            yield pytest.param(message, id=str(path.relative_to(SAMPLES)))


@pytest.mark.parametrize("message", list(samples()))
def test_what_real_clients_send(message):
    name, arguments = canonical(message["tool_name"], message["tool_input"])
    cwd = message["cwd"]
    disk = {
        ("file", f"{cwd}/main.py"): FileFacts("file", f"{cwd}/main.py", "self", 9),
        ("file", f"{cwd}/new.txt"): FileFacts("absent", f"{cwd}/new.txt"),
    }
    scope = Scope(Surroundings(Table(disk), cwd=cwd, workspace=cwd, home="/home/dev", user="dev"), {})
    assert lower_tool(Action(tool=name, arguments=arguments, cwd=cwd), scope)
    assert scope.effects
    assert {one.verb for one in scope.effects} <= EXPECTED[message["tool_name"]]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["/etc/shadow", "~/.ssh/id_rsa", "../../x", "http://a.example", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "path",
        "file_path",
        "filePath",
        "content",
        "old",
        "new",
        "edits",
        "url",
        "method",
        "headers",
        "pattern",
        "to",
        "text",
        "command",
        "when",
        "process",
        "prompt",
        "agent",
        "paths",
        "glob",
        "body",
    ]
)


def tolerant(code, scope, arguments=()):
    scope.emit("execute", Resource("process", "<shell>"))
    return UNKNOWN


@given(st.sampled_from(sorted(set(TOOLS) | set(NATIVE))), st.dictionaries(NAMES, JSON, max_size=5))
def test_no_call_is_nothing_and_none_fails(tool, arguments):
    name, renamed = canonical(tool, arguments)
    world = Surroundings(Table(), cwd=CWD, workspace=CWD, home="/home/dev", user="dev")
    scope = Scope(world, {"shell": tolerant})
    known = lower_tool(Action(tool=name, arguments=renamed, cwd=CWD), scope)
    assert known is (name in TOOLS)
    assert bool(scope.effects) is (known and name != "note")


PATCH_LINES = st.sampled_from(
    ["*** Begin Patch", "*** End Patch", "*** Add File: a", "*** Delete File: b", "*** Update File: c", "*** Move to: d", "@@", "@@ x", "+x", "-x", " x", "",
     "*** End of File", "--- a/x", "+++ b/x", "+++ /dev/null", "@@ -1,2 +3 @@", "diff --git a/x b/y", "rename from x", "rename to y", "\\ No newline", "<<'EOF'", "EOF"]
)  # fmt: skip


@given(st.lists(PATCH_LINES, max_size=25) | st.lists(st.text(max_size=20), max_size=10))
def test_any_text_is_a_patch_or_said_to_be_none(lines):
    text = "\n".join(lines)
    patch = read_patch(text)
    assert all(text[change.at[0] : change.at[1]] for change in patch.changes)
    assert patch.changes or not patch.whole or text.strip().startswith("*** Begin Patch")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Add", "Delete", "Update"]),
            st.text("abc/.", min_size=1, max_size=9),
            st.lists(st.text("ab *", max_size=5), max_size=3),
        ),
        max_size=5,
    )
)
def test_every_file_of_an_envelope_is_found(operations):
    lines = ["*** Begin Patch"]
    for act, path, content in operations:
        lines.append(f"*** {act} File: {path}")
        lines += (
            [f"+{text}" for text in content]
            if act == "Add"
            else ["@@", *(f" {text}" for text in content)]
            if act == "Update"
            else []
        )
    patch = read_patch("\n".join([*lines, "*** End Patch"]))
    assert patch.whole
    assert [(change.act, change.path) for change in patch.changes] == [
        (act.lower(), path) for act, path, _ in operations
    ]
