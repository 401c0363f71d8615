"""Strategies: policies of the subset as text, and pools of effects to ask them about."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from jackline.core import words
from jackline.core.effect import ANY, Effect, Extent, Resource
from jackline.policy.folding import Facts
from jackline.policy.vocabulary import ENTITY_TYPES, ENUMERATIONS, GROUPS

if TYPE_CHECKING:
    from jackline.core.words import Kind

LABELS = ("secret", "credential", "tree", "cache", "registry", "forced", "untrusted")
PATHS = ("/", "/etc", "/etc/passwd", "/w", "/w/a.py", "/w/.ssh/id", '/w/ü "x"\\', "/home/u/.ssh/id_rsa")
HOSTS = ("example.com", "api.example.com", "example.org", "[::1]", "10.0.0.1")
OTHERS = ("git.example/me/x#main", "shop.orders", "pid:4", "x")
PATTERNS = ("*", "/w/*", "*.py", "*/.ssh/*", "/*/*", "*example*", "/etc/*d", "*.*.*", "\\*", "*x*#*", "/w/ü*", "")
PORTS = (0, 22, 80, 443, 8443)
EXTENTS = (0, 1, 10, words.UNBOUNDED)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', "\\" + '"')
    return f'"{escaped}"'


Make = Callable[[Random], str]
"""Writes a piece of a policy. Plain functions over a seed, for hypothesis' own strategies take a hundred times longer."""


def pick(*texts: str) -> Make:
    return lambda chance: chance.choice(texts)


def fill(pattern: str, *parts: Make) -> Make:
    return lambda chance: pattern.format(*(part(chance) for part in parts))


def any_of(*makes: Make) -> Make:
    return lambda chance: chance.choice(makes)(chance)


def word(kind: str) -> Make:
    return pick(*(f'{kind}::"{each}"' for each in ENUMERATIONS[kind]))


LABEL = pick(*(f'Label::"{label}"' for label in LABELS))
LABEL_SET = any_of(fill("[{}]", LABEL), fill("[{}, {}]", LABEL, LABEL), fill("[{}, {}, {}]", LABEL, LABEL, LABEL))
NAME = pick(*(quoted(name) for name in (*PATHS, *HOSTS, *OTHERS)))
VERB = pick(*(f'Action::"{verb}"' for verb in words.VERBS))
GROUP = pick(*(f'Action::"{group}"' for group in GROUPS))
TYPE = pick(*ENTITY_TYPES.values())
PLACE = any_of(
    pick(*(f"Directory::{quoted(path)}" for path in PATHS[:6])),
    pick('Domain::"example.com"', 'Domain::"com"', 'Domain::"org"', 'File::"/etc/passwd"', 'Endpoint::"example.com"'),
)
EQUALITY = pick("==", "!=")
COMPARISON = pick("<", "<=", ">", ">=", "==", "!=")
WORDS = {
    "resource.environment": "Environment", "resource.reach": "Reach", "context.effect.reversible": "Undo",
    "context.effect.certainty": "Certainty", "context.effect.origin": "Origin",
    "context.effect.authorship": "Authorship", "context.assurance": "Assurance",
}  # fmt: skip


def word_test(chance: Random) -> str:
    path, kind = chance.choice(list(WORDS.items()))
    path_ = pick(path)
    return any_of(
        fill("[{}, {}].contains({})", word(kind), word(kind), path_),
        fill("{} in [{}, {}]", path_, word(kind), word(kind)),
        fill("{} {} {}", path_, EQUALITY, word(kind)),
        fill("{} {} {}", word(kind), EQUALITY, path_),
    )(chance)


EXTENT = pick(*map(str, EXTENTS))
PORT = pick(*map(str, PORTS))
NUMBER_TEST = any_of(
    fill("context.effect.atMost {} {}", COMPARISON, EXTENT),
    fill("{} {} context.effect.atMost", EXTENT, COMPARISON),
    fill("(resource is Endpoint && resource.port {} {})", COMPARISON, PORT),
    fill("(resource is Endpoint && {} {} resource.port)", PORT, COMPARISON),
    fill("(resource is Endpoint && [{}, {}].contains(resource.port))", PORT, PORT),
)
SETS = pick("resource.labels", "context.seen")
SET_TEST = any_of(
    fill("{}.contains({})", SETS, LABEL),
    fill("{}.{}({})", SETS, pick("containsAny", "containsAll"), LABEL_SET),
    fill("{}.{}({})", LABEL_SET, pick("containsAny", "containsAll"), SETS),
    fill("{} {} {}", SETS, EQUALITY, LABEL_SET),
)
NAME_TEST = any_of(
    fill('resource.name like "{}"', pick(*PATTERNS)),
    fill("resource.name {} {}", EQUALITY, NAME),
    fill("[{}, {}].contains(resource.name)", NAME, NAME),
    fill("resource in {}", PLACE),
    fill("resource in [{}, {}]", PLACE, PLACE),
    fill("resource {} {}", EQUALITY, pick('File::"/etc/passwd"', 'Endpoint::"example.com"', 'Table::"shop.orders"')),
)
OTHER_TEST = any_of(
    fill("resource is {}", TYPE),
    pick("context.effect.exact", "context.withinBudget", "context.effect.exact == false", "true", "false"),
    pick(
        'principal in Team::"core"',
        'principal == Agent::"other"',
        "principal is Agent",
        'principal in [Team::"x", Agent::"a"]',
    ),
    fill("action == {}", VERB),
    fill("action in {}", GROUP),
    fill("action in [{}, {}]", GROUP, VERB),
    fill("resource is File in {}", PLACE),
)
TEST = any_of(word_test, NUMBER_TEST, SET_TEST, NAME_TEST, OTHER_TEST)

RISING = pick(
    "context.contained", "context.undoable", "context.rehearsed", "context.held", "context.held == true",
    "context.contained != false", "context.approval >= 1", "context.approval > 1", "2 <= context.approval",
    "context.approval >= 0", "context.approval > 3",
)  # fmt: skip
FALLING = pick(
    "!context.contained", "!(context.undoable)", "context.approval < 1", "context.approval <= 1", "3 > context.approval",
    "context.held == false", "true != context.rehearsed",
)  # fmt: skip


def expression(chance: Random, *, widens: bool, depth: int = 3) -> str:
    """A condition; `widens`: whether its truth may only widen what is permitted."""
    form = chance.randrange(7 if depth else 3)
    if form in {0, 6}:
        return (RISING if widens else FALLING)(chance)
    if form < 3:
        return TEST(chance)
    if form == 3:
        return f"!({expression(chance, widens=not widens, depth=depth - 1)})"
    operands = [expression(chance, widens=widens, depth=depth - 1) for _ in range(chance.randint(2, 3))]
    return "(" + chance.choice([" && ", " || "]).join(operands) + ")"


RESOURCE_SCOPE = any_of(
    pick("resource"), pick("resource"), fill("resource is {}", TYPE), fill("resource in {}", PLACE),
    pick('resource == File::"/w/a.py"', 'resource is File in Directory::"/w"', 'resource is Endpoint in Domain::"com"'),
)  # fmt: skip
ACTION_SCOPE = any_of(
    pick("action"), fill("action == {}", VERB), fill("action in {}", GROUP), fill("action in [{}, {}]", GROUP, VERB)
)
PRINCIPAL_SCOPE = pick(
    "principal", "principal", 'principal in Team::"core"', 'principal == Agent::"a"', "principal is Agent"
)


def rule(chance: Random) -> str:
    effect = chance.choice(["permit", "permit", "forbid"])
    head = f"{PRINCIPAL_SCOPE(chance)}, {ACTION_SCOPE(chance)}, {RESOURCE_SCOPE(chance)}"
    conditions = []
    for _ in range(chance.randrange(3)):
        kind = chance.choice(["when", "unless"])
        widens = (effect == "permit") == (kind == "when")
        conditions.append(f" {kind} {{ {expression(chance, widens=widens)} }}")
    return f"{effect} ({head}){''.join(conditions)};"


OPENINGS = (
    "",
    "permit (principal, action, resource);",
    "permit (principal, action, resource) when { context.approval >= 2 };",
)


def policy(seed: int, size: int) -> str:
    """A policy of so many rules, the same for the same seed."""
    chance = Random(seed)
    return "\n".join([*(rule(chance) for _ in range(size)), chance.choice(OPENINGS)])


POLICY = st.builds(policy, st.integers(0, 2**32), st.integers(1, 8))


def pool(seed: int, size: int = 200) -> list[Effect]:
    """Effects with distinct resources, the same for the same seed."""
    chance = Random(seed)
    found = []
    used: set[tuple[str, str]] = set()
    while len(found) < size:
        kind: Kind = chance.choice([*words.KINDS, "file", "file", "endpoint"])
        names = HOSTS if kind == "endpoint" else PATHS if kind in {"file", "device", "guard"} else OTHERS
        name = chance.choice(names)
        while (kind, name) in used:
            name += (
                f"/{chance.randrange(100)}"
                if name.startswith("/")
                else str(chance.randrange(10))
                if kind != "endpoint"
                else ".org"
            )
            name = name.replace("//", "/")
        used.add((kind, name))
        found.append(_effect(chance, kind, name))
    return found


def _effect(chance: Random, kind: Kind, name: str) -> Effect:
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
