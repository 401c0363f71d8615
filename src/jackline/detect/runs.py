"""Runs of tests, builds and linters among the calls: which calls are such runs, and whether they passed.

A run is known by the program that an effect executes; a program that runs many things (`npm`, `make`, `python`) counts
where the evidence of the effect says which. Whether it passed is told by the exit code and by the runner's own summary,
for `pytest | tail` exits 0 whatever happened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from jackline.detect.once import once
from jackline.detect.told import went

if TYPE_CHECKING:
    from jackline.core.history import Judged

Topic = Literal["tests", "build", "lint"]

_RUNNERS: Final[dict[str, Topic]] = {
    **dict.fromkeys(
        "pytest py.test jest vitest mocha ava tox nox phpunit rspec ctest nose2 trial behave cypress playwright karma".split(),  # noqa: SIM905 - a table of words
        "tests",
    ),
    **dict.fromkeys("ruff eslint flake8 pylint mypy black prettier clippy golangci-lint pre-commit shellcheck tsc pyright biome".split(), "lint"),  # noqa: SIM905, E501 - as above
    **dict.fromkeys("webpack vite gcc g++ clang javac rollup esbuild cmake ninja bazel".split(), "build"),  # noqa: SIM905 - as above
}  # fmt: skip
_NAMED: Final[dict[str, Topic]] = {
    **dict.fromkeys("test tests spec specs unittest check verify ci e2e pytest jest".split(), "tests"),  # noqa: SIM905 - as above
    **dict.fromkeys("lint format fmt clippy vet typecheck mypy ruff eslint".split(), "lint"),  # noqa: SIM905 - as above
    **dict.fromkeys("build compile assemble dist package".split(), "build"),  # noqa: SIM905 - as above
}  # fmt: skip
"""A word of what is run → what it is a run of."""
_QUIET: Final = frozenset(
    "cat ls head tail less more grep egrep fgrep rg ag find fd wc stat file tree git sed gsed awk cut sort uniq tr diff cmp cp mv rm mkdir"  # noqa: SIM905 - as above
    " rmdir touch echo printf cd pwd chmod ln tee xxd du df which type true test [ date basename dirname realpath readlink".split()
)
"""Programs that run nothing else: what they are told to look at is no run, whatever it is called."""
_WORD: Final = re.compile(r"\w+")
_FAILED: Final = re.compile(
    r"\b[1-9]\d* (?:failed|failing|failures?|errors?)\b|\bfailures?[=:] ?[1-9]|^(?:FAILED|FAIL|ERROR)\b|^error(?:\[|:)|BUILD FAILED"
    r"|npm ERR!|make: \*\*\*|Traceback \(most recent call last\)|test result: FAILED|Tests failed",
    re.MULTILINE,
)
_FAILURE_HINTS: Final = ("ail", "AIL", "rror", "ERR", "***", "Traceback")
_SUMMARY: Final = 3_000


@once
def topics(judged: Judged) -> frozenset[Topic]:
    """What a call runs: tests, a build, a linter; nothing for any other call."""
    action = judged.turn.action
    if action is None:
        return frozenset()
    if not executes(judged) and any(effect.verb == "execute" for effect in judged.decision.effects):
        return frozenset()
    found: set[Topic] = set()
    texts = {action.tool.rpartition("/")[2]} if "/" in action.tool else set()
    for effect in judged.decision.effects:
        if effect.verb in {"execute", "opaque"} and effect.resource.kind == "process":
            runner = _RUNNERS.get(effect.resource.name)
            if runner is not None:
                found.add(runner)
            texts.add(effect.evidence.text)
    if action.tool in {"shell", "python"}:
        texts.add(str(action.arguments.get("command") or action.arguments.get("code") or ""))
    for text in texts:
        found |= _spoken_of(text.lower())
    return frozenset(found)


def _spoken_of(text: str) -> set[Topic]:
    """The topics whose words a text has; a test is also what is named like one (`test_store`, `run_tests`)."""
    words = set(_WORD.findall(text))
    found = {topic for word, topic in _NAMED.items() if word in words}
    if any(word.startswith(("test_", "tests_")) or word.endswith(("_test", "_tests")) for word in words):
        found.add("tests")
    if "type-check" in text:
        found.add("lint")
    return found


@once
def passed(judged: Judged) -> bool | None:
    """Whether a run passed; None where nothing tells."""
    if judged.exit_code or went(judged) == "failed" or _says_failure(judged.result[-_SUMMARY:]):
        return False
    if went(judged) == "refused":
        return None
    return True if judged.exit_code == 0 or judged.outcome == "succeeded" or judged.result else None


def _says_failure(summary: str) -> bool:
    """Whether a line of it does; only lines with a hint are looked at, for the pattern is slow on long texts."""
    return any(hint in summary for hint in _FAILURE_HINTS) and any(
        _FAILED.search(line) is not None for line in summary.split("\n") if any(hint in line for hint in _FAILURE_HINTS)
    )


@once
def executes(judged: Judged) -> bool:
    """Whether a call runs any program that may run others."""
    return any(
        effect.verb in {"execute", "opaque"} and effect.resource.name not in _QUIET
        for effect in judged.decision.effects
    )
