"""Acts on files, by the corpus beside this file; and what must hold for every act on every path."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower import files
from jackline.lower.places import resolve_text
from jackline.lower.scope import Place, Scope
from jackline.lower.surroundings import FileFacts, Surroundings, Table

GUARD = "/home/dev/.local/state/jackline"
CASES = tomllib.loads((Path(__file__).parent / "files.toml").read_text(encoding="utf-8"))["case"]
FLAGS = {"recursive", "emptied", "saved", "empty_only", "appended", "symbolic", "contents"}
STANDINGS = {"clean", "modified", "untracked", "ignored", "outside"}


def scope_of(disk=None, context=None, listing=None, **kwargs):
    answers = {
        **{("list", path): tuple(names) for path, names in (listing or {}).items()},
        ("guard_paths", ""): (GUARD,),
        **{("context", tool): values for tool, values in (context or {}).items()},
    }
    for path, text in (disk or {}).items():
        said, _, real = text.partition(" -> ")
        kind, *rest = said.split()
        size = next((int(word) for word in rest if word.isdecimal()), 1)
        answers["file", path] = FileFacts(kind, real or path, "self", size)
        standing = frozenset(rest) & STANDINGS
        if standing:
            answers["standing", path] = standing
        if "own" in rest:
            answers["wrote", path] = True
    world = Surroundings(Table(answers), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    return Scope(world, {}, **kwargs)


def act(text, scope):
    verb, path, *rest = text.split()
    flags = {word: True for word in rest if word in FLAGS}
    more = [word for word in rest if word not in FLAGS]
    if verb == "chmod":
        files.emit_chmod(path, more[0] if more else "", scope, **flags)
    elif more:
        getattr(files, f"emit_{verb}")(path, more[0], scope, **flags)
    else:
        getattr(files, f"emit_{verb}")(path, scope, **flags)


def line(effect):
    certainty = ["possible"] if effect.certainty == "possible" else []
    return " ".join(
        [
            effect.verb,
            effect.resource.kind,
            effect.resource.name,
            effect.reversible,
            *sorted({*effect.resource.labels, *certainty}),
        ]
    )


def normalised(text):
    verb, kind, name, reversible, *labels = text.split()
    return " ".join([verb, kind, name, reversible, *sorted(labels)])


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.get("about") or "; ".join(case["does"])) for case in CASES]
)
def test_acts_on_files(case):
    scope = scope_of(case.get("disk"), case.get("context"), case.get("listing"))
    for text in case["does"]:
        act(text, scope)
    found = [line(effect) for effect in scope.effects]
    if "contains" in case:
        heads = [" ".join(one.split()[:4]) for one in found]
        assert [one for one in case["contains"] if one not in heads] == [], found
    else:
        assert found == [normalised(one) for one in case["effects"]]


PATHS = st.lists(
    st.sampled_from(
        [
            "ws",
            "home",
            "dev",
            ".ssh",
            "etc",
            "tmp",
            ".claude",
            "settings.json",
            "a",
            "..",
            "*",
            ".git",
            "hooks",
            "dev",
            "sda",
        ]
    ),
    min_size=1,
    max_size=6,
)
ACTS = st.sampled_from(["read", "write", "append", "delete", "mkdir", "move", "copy", "link", "chmod"])


@given(st.lists(st.tuples(ACTS, PATHS, PATHS, st.booleans()), max_size=4), st.booleans())
def test_no_act_is_nothing_and_none_fails(acts, here):
    scope = scope_of(place=Place() if here else Place(here=False, name="host", reach="remote"))
    for verb, names, to, flag in acts:
        path, target = (resolve_text("/" + "/".join(one), "/ws", scope) for one in (names, to))
        before = len(scope.effects)
        act(
            " ".join(
                [
                    verb,
                    path,
                    *([target] if verb in {"move", "copy", "link"} else []),
                    *(["recursive"] if flag and verb in {"read", "write", "delete"} else []),
                ]
            ),
            scope,
        )
        assert len(scope.effects) > before or scope.effects, (verb, path)


@given(PATHS)
def test_a_change_of_a_guards_file_is_never_a_mere_change(names):
    scope = scope_of()
    path = resolve_text(GUARD + "/" + "/".join(name for name in names if name not in {"..", "*"}), "/ws", scope)
    for verb in ("write", "append", "delete"):
        act(f"{verb} {path}", scope)
    assert {effect.verb for effect in scope.effects} == {"configure"}
