"""The found cases hold, the known killers of parsers do not kill, and a little fuzzing goes with every run."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest

from jackline.lower.scope import MAX_STEPS
from tests.fuzz.mutation import MAX_INPUT, mutated
from tests.fuzz.targets import STEPS_OF_ONE_CALL, TARGETS, ViolationError, check_bounds, lowered, never_allowed

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*/*"))
ROUNDS = 40


@pytest.mark.parametrize("file", REGRESSIONS, ids=lambda file: f"{file.parent.name}: {file.name}")
def test_a_found_case_holds(file):
    TARGETS[file.parent.name].check(file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_little_fuzzing(name):
    target, rng = TARGETS[name], random.Random(name)
    seeds = target.seeds()
    for _ in range(ROUNDS):
        target.check(mutated(rng.choice(seeds), seeds, target.words, rng)[: MAX_INPUT // 16])


def layers(text: str, count: int) -> str:
    for _ in range(count):
        text = f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | sh"
    return text


KILLERS = {
    "28 substitutions in each other": "echo " + "$(" * 28 + "rm -rf ~" + ")" * 28,
    "a brace bomb": "rm -rf {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b} ~",
    "a brace bomb of numbers": "rm -rf {1..99999999}{1..99999999} ~",
    "1 MB in one line": "rm -rf ~ " + "x" * 1_000_000,
    "1 MB of words": "rm -rf ~ " + "x " * 500_000,
    "60 commands before the bad one": "; ".join(f"echo {n}" for n in range(60)) + "; rm -rf ~",
    "600 commands before the bad one": "; ".join(f"echo {n}" for n in range(600)) + "; rm -rf ~",
    "a here-document that never ends": "sh <<END\nrm -rf ~\n",
    "many here-documents that never end": "rm -rf ~; " + "cat <<E " * 3000,
    "30 layers of base64": layers("rm -rf ~", 30),
    "5 layers of base64": layers("rm -rf ~", 5),
    "3,000 parentheses": "rm -rf ~; x " + "(" * 3000 + "a" + ")" * 3000,
    "3,000 brackets": "rm -rf ~ " + "[" * 3000,
    "3,000 quotes": "rm -rf ~ " + "'\"" * 3000,
    "3,000 backticks": "rm -rf ~ " + "`" * 3001,
    "100,000 lines": "rm -rf ~\n" + "\n" * 100_000,
    "a case that never ends": "rm -rf ~; case x in " + "a) b ;; " * 2000,
}


@pytest.mark.parametrize("text", KILLERS.values(), ids=KILLERS)
def test_no_known_killer_of_shell_readers_makes_a_deletion_allowed(text):
    never_allowed(lowered("shell", {"command": text}), "a killer")


NESTED = {
    "python": ("f.py", "python3 f.py", "import shutil\nshutil.rmtree('/home/u')\n"),
    "javascript": ("f.js", "node f.js", "require('fs').rmSync('/home/u', {recursive: true});\n"),
    "perl": ("f.pl", "perl f.pl", "system('rm -rf ~');\n"),
    "awk": ("f.awk", "awk -f f.awk data", 'BEGIN { system("rm -rf ~") }\n'),
    "sed": ("f.sed", "sed -f f.sed data", "1e rm -rf ~\n"),
    "sql": ("f.sql", "psql -h db shop -f f.sql", "DROP TABLE users;\n"),
}
BEHIND = {
    "parentheses": "(" * 5000 + ")" * 5000,
    "open brackets": "[" * 5000,
    "braces": "{" * 3000 + "}" * 3000,
    "a long line": "x" * 200_000,
    "many lines": "x = 1\n" * 20_000,
    "operators": "-" * 5000 + "1",
    "a text that never ends": '"' + "a" * 50_000,
    "bytes": "\0\udcff\ufeff",
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("language", NESTED)
def test_nothing_behind_a_dangerous_piece_makes_it_allowed(language, behind):
    file, run, danger = NESTED[language]
    never_allowed(lowered("shell", {"command": run}, {file: danger + behind}), danger)


@pytest.mark.parametrize("depth", [10, 1000, 100_000])
def test_json_of_any_depth_is_read_or_refused(depth):
    for name in ("mcp", "wire"):
        TARGETS[name].check(b'{"tools":' * depth + b"1" + b"}" * depth)
        TARGETS[name].check(json.dumps({"hook_event_name": "PreToolUse", "tool_input": "[" * depth}).encode())


def test_a_violation_is_seen():
    class Broken:
        failure, steps, effects = "", MAX_STEPS + STEPS_OF_ONE_CALL + 1, ()

    with pytest.raises(ViolationError):
        check_bounds(Broken)
    with pytest.raises(ViolationError):
        never_allowed(lowered("shell", {"command": "ls"}), "nothing")
