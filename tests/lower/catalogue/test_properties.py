"""Whatever the words are: no crash, no silence, and nothing is judged weaker because less of it is known."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.lower.catalogue import Command, run_program
from jackline.lower.catalogue.store import index
from jackline.lower.scope import BoundsReached
from jackline.lower.word import NOTHING, Data, Hole, Word

from .harness import WORKSPACE, run, scope_of

_PROGRAMS = sorted(name for name in index() if "*" not in name)
_TEXT = st.one_of(
    st.sampled_from(["-", "--", "-rf", "--force", "--help", "a", "src", "/", "x=y", "@a", "host:path", "https://e.example/x", "{}", ";",
                     "-c", "-e", "run", "delete", "push", "rm", "apply", "exec", "", "\0", "é", "-" * 70, "a" * 5000]),
    st.text(max_size=12),
)  # fmt: skip
_WORD = st.one_of(
    _TEXT.map(lambda text: Word((text,))),
    st.just(Word((Hole("$X"),))),
    _TEXT.map(lambda text: Word((text, Hole("$X", "untrusted")))),
)
_STDIN = st.one_of(
    st.just(NOTHING), _TEXT.map(lambda text: Data(text, origin="user")), st.just(Data(fetched="https://e.example"))
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(_PROGRAMS), st.lists(_WORD, max_size=7), _STDIN)
def test_any_words_give_at_least_the_execution(program: str, words: list[Word], stdin: Data) -> None:
    scope = scope_of()
    with contextlib.suppress(BoundsReached):
        run_program(Command((Word((program,)), *words), WORKSPACE, {}, stdin), scope)
    assert scope.effects
    assert scope.effects[0].verb in {"execute", "opaque"}


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_an_unknown_program_is_opaque(name: str) -> None:
    scope = scope_of({("which", name): None})
    run_program(Command((Word((name,)),), WORKSPACE), scope)
    known = name in index() or "/" in name or name.startswith("git-")
    assert known or any(effect.verb == "opaque" for effect in scope.effects) or scope.effects[0].resource.name != name


@pytest.mark.parametrize("program", ["rm", "git", "docker", "kubectl", "aws", "terraform", "psql", "curl", "ssh"])
def test_a_word_that_is_not_known_is_never_nothing(program: str) -> None:
    scope = scope_of()
    run_program(Command((Word((program,)), Word((Hole("$X"),))), WORKSPACE), scope)
    assert len(scope.effects) > 1, program


@pytest.mark.parametrize(
    ("known", "masked"),
    [("rm -r src", "rm $A src"), ("git push -f origin main", "git push $A origin main"), ("git reset --hard", "git reset $A"),
     ("chmod 777 a", "chmod $A a"), ("kubectl delete ns a", "kubectl $A ns a"), ("terraform destroy", "terraform $A")],
)  # fmt: skip
def test_less_known_is_not_weaker(known: str, masked: str) -> None:

    strong = {effect.verb for effect in run(known)} - {"execute"}
    weak = {effect.verb for effect in run(masked)}
    assert strong <= weak or "opaque" in weak
