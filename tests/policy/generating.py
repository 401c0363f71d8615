"""Strategies: policies of the subset as text, and pools of effects to ask them about."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from jackline.core import words
from jackline.core.effect import ANY, Effect, Extent, Resource
from jackline.policy.folding import Facts
from jackline.policy.vocabulary import ENTITY_TYPES, ENUMERATIONS, GROUPS

if TYPE_CHECKING:
    from jackline.core.words import Kind

LABELS = ("secret", "credential", "tree", "cache", "registry", "forced", "untrusted")
PATHS = ("/", "/etc", "/etc/passwd", "/w", "/w/a.py", "/w/.ssh/id", "/w/ü \"x\"\\", "/home/u/.ssh/id_rsa")
HOSTS = ("example.com", "api.example.com", "example.org", "[::1]", "10.0.0.1")
OTHERS = ("git.example/me/x#main", "shop.orders", "pid:4", "x")
PATTERNS = ("*", "/w/*", "*.py", "*/.ssh/*", "/*/*", "*example*", "/etc/*d", "*.*.*", "\\*", "*x*#*", "/w/ü*", "")
PORTS = (0, 22, 80, 443, 8443)
EXTENTS = (0, 1, 10, words.UNBOUNDED)


def one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def entity(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f'{kind}::"{word}"' for word in ENUMERATIONS[kind]])


LABEL = st.sampled_from([f'Label::"{label}"' for label in LABELS])
LABEL_SET = st.lists(LABEL, min_size=1, max_size=3).map(lambda labels: "[" + ", ".join(labels) + "]")
NAME = st.sampled_from([quoted(name) for name in (*PATHS, *HOSTS, *OTHERS)])
VERB = st.sampled_from([f'Action::"{verb}"' for verb in words.VERBS])
GROUP = st.sampled_from([f'Action::"{group}"' for group in GROUPS])
TYPE = st.sampled_from(list(ENTITY_TYPES.values()))
PLACE = st.one_of(
    st.sampled_from([f"Directory::{quoted(path)}" for path in PATHS[:6]]),
    one_of('Domain::"example.com"', 'Domain::"com"', 'Domain::"org"', 'File::"/etc/passwd"', 'Endpoint::"example.com"'),
)
COMPARISON = one_of("<", "<=", ">", ">=", "==", "!=")
WORDS = st.sampled_from([
    ("resource.environment", "Environment"), ("resource.reach", "Reach"), ("context.effect.reversible", "Undo"),
    ("context.effect.certainty", "Certainty"), ("context.effect.origin", "Origin"),
    ("context.effect.authorship", "Authorship"), ("context.assurance", "Assurance"),
])  # fmt: skip


@st.composite
def word_test(draw: st.DrawFn) -> str:
    path, kind = draw(WORDS)
    form = draw(st.integers(0, 3))
    if form == 0:
        return f"[{draw(entity(kind))}, {draw(entity(kind))}].contains({path})"
    if form == 1:
        return f"{path} in [{draw(entity(kind))}, {draw(entity(kind))}]"
    left, right = path, draw(entity(kind))
    if draw(st.booleans()):
        left, right = right, left
    return f"{left} {draw(one_of('==', '!='))} {right}"


@st.composite
def number_test(draw: st.DrawFn) -> str:
    extent = draw(st.booleans())
    path = "context.effect.atMost" if extent else "resource.port"
    number = draw(st.sampled_from(EXTENTS if extent else PORTS))
    left, right = (path, str(number)) if draw(st.booleans()) else (str(number), path)
    test = f"{left} {draw(COMPARISON)} {right}"
    return test if extent else f"(resource is Endpoint && {test})"


SET_TEST = st.one_of(
    st.builds("{}.contains({})".format, one_of("resource.labels", "context.seen"), LABEL),
    st.builds("{}.{}({})".format, one_of("resource.labels", "context.seen"), one_of("containsAny", "containsAll"), LABEL_SET),
    st.builds("{}.{}({})".format, LABEL_SET, one_of("containsAny", "containsAll"), one_of("resource.labels", "context.seen")),
    st.builds("{} == {}".format, one_of("resource.labels", "context.seen"), LABEL_SET),
)
NAME_TEST = st.one_of(
    st.builds('resource.name like "{}"'.format, st.sampled_from(PATTERNS)),
    st.builds("resource.name {} {}".format, one_of("==", "!="), NAME),
    st.builds("[{}, {}].contains(resource.name)".format, NAME, NAME),
    st.builds("resource in {}".format, PLACE),
    st.builds("resource in [{}, {}]".format, PLACE, PLACE),
    st.builds("resource == {}".format, one_of('File::"/etc/passwd"', 'Endpoint::"example.com"', 'Table::"shop.orders"')),
)
OTHER_TEST = st.one_of(
    st.builds("resource is {}".format, TYPE),
    one_of("context.effect.exact", "context.withinBudget", "context.effect.exact == false", "true", "false"),
    one_of('principal in Team::"core"', 'principal == Agent::"other"', "principal is Agent", 'principal in [Team::"x", Agent::"a"]'),
    st.builds("action == {}".format, VERB),
    st.builds("action in {}".format, GROUP),
    st.builds("action in [{}, {}]".format, GROUP, VERB),
    st.builds('resource is File in {}'.format, PLACE),
)
TEST = st.one_of(word_test(), number_test(), SET_TEST, NAME_TEST, OTHER_TEST)

RISING = one_of(
    "context.contained", "context.undoable", "context.rehearsed", "context.held", "context.held == true",
    "context.contained != false", "context.approval >= 1", "context.approval > 1", "2 <= context.approval",
    "context.approval >= 0", "context.approval > 3",
)  # fmt: skip
FALLING = one_of(
    "!context.contained", "!(context.undoable)", "context.approval < 1", "context.approval <= 1", "3 > context.approval",
    "context.held == false", "true != context.rehearsed",
)  # fmt: skip


@st.composite
def expression(draw: st.DrawFn, *, widens: bool, depth: int = 3) -> str:
    """A condition; `widens`: whether its truth may only widen what is permitted."""
    form = draw(st.integers(0, 6 if depth else 2))
    if form in {0, 6}:
        return draw(RISING if widens else FALLING)
    if form < 3:
        return draw(TEST)
    if form == 3:
        return f"!({draw(expression(widens=not widens, depth=depth - 1))})"
    count = draw(st.integers(2, 3))
    operands = [draw(expression(widens=widens, depth=depth - 1)) for _ in range(count)]
    return "(" + draw(one_of(" && ", " || ")).join(operands) + ")"


RESOURCE_SCOPE = st.one_of(
    st.just("resource"), st.just("resource"), st.builds("resource is {}".format, TYPE), st.builds("resource in {}".format, PLACE),
    one_of('resource == File::"/w/a.py"', 'resource is File in Directory::"/w"', 'resource is Endpoint in Domain::"com"'),
)  # fmt: skip
ACTION_SCOPE = st.one_of(
    st.just("action"), st.builds("action == {}".format, VERB), st.builds("action in {}".format, GROUP),
    st.builds("action in [{}, {}]".format, GROUP, VERB),
)  # fmt: skip
PRINCIPAL_SCOPE = one_of("principal", "principal", 'principal in Team::"core"', 'principal == Agent::"a"', "principal is Agent")


@st.composite
def rule(draw: st.DrawFn) -> str:
    effect = draw(one_of("permit", "permit", "forbid"))
    head = ", ".join([draw(PRINCIPAL_SCOPE), draw(ACTION_SCOPE), draw(RESOURCE_SCOPE)])
    conditions = []
    for kind in draw(st.lists(one_of("when", "unless"), max_size=2)):
        widens = (effect == "permit") == (kind == "when")
        conditions.append(f" {kind} {{ {draw(expression(widens=widens))} }}")
    return f"{effect} ({head}){''.join(conditions)};"


OPEN = "permit (principal, action, resource);"
POLICY = st.builds(
    lambda rules, opened: "\n".join([*rules, *opened]),
    st.lists(rule(), min_size=1, max_size=8),
    st.sampled_from([[], [OPEN], ["permit (principal, action, resource) when { context.approval >= 2 };"]]),
)


def pool(seed: int, size: int = 200) -> list[Effect]:
    """Effects with distinct resources, the same for the same seed."""
    chance = random.Random(seed)
    found = []
    used: set[tuple[str, str]] = set()
    while len(found) < size:
        kind: Kind = chance.choice([*words.KINDS, "file", "file", "endpoint"])
        names = HOSTS if kind == "endpoint" else PATHS if kind in {"file", "device", "guard"} else OTHERS
        name = chance.choice(names)
        while (kind, name) in used:
            name += f"/{chance.randrange(100)}" if name.startswith("/") else str(chance.randrange(10)) if kind != "endpoint" else ".org"
            name = name.replace("//", "/")
        used.add((kind, name))
        found.append(_effect(chance, kind, name))
    return found


def _effect(chance: random.Random, kind: Kind, name: str) -> Effect:
    endpoint = kind == "endpoint"
    resource = Resource(
        kind,
        name,
        chance.choice(words.ENVIRONMENTS),
        chance.choice(words.REACHES),
        frozenset(label for label in LABELS if chance.random() < 0.25),
        chance.choice(words.JURISDICTIONS) if endpoint else "none",
        chance.choice(PORTS) if endpoint else 0,
    )
    return Effect(
        chance.choice(words.VERBS),
        resource,
        chance.choice([ANY, Extent(0), Extent(1), Extent(10, exact=False)]),
        chance.choice(words.UNDOS),
        chance.choice(words.CERTAINTIES),
        chance.choice(words.ORIGINS),
        chance.choice(words.AUTHORSHIPS),
    )


FACTS = Facts("a", frozenset({"core"}), frozenset({"secret", "untrusted"}), "none", "hooked", True)
