"""Raw requests against Cedar's own engine: values, entities, schemas, and rules that fail on a request."""

from __future__ import annotations

import json
from typing import Any

import cedarpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.core.codec import encode
from jackline.policy.cedar.requests import Evaluator
from jackline.policy.parser import parse
from jackline.policy.schema_json import read_schema

SCHEMA = """
entity Role;
entity Team in [Team];
entity Color enum ["red", "blue"];
type Address = {city: String, zip?: Long};
entity User in [Role, Team] {
  age: Long, name?: String, ok: Bool, names: Set<String>, best?: User, address: Address, ip?: ipaddr, color: Color,
  cost?: decimal, at?: datetime, span?: duration
} tags Set<String>;
entity Doc { owner: User, "odd name"?: Bool };
action view, edit in [change] appliesTo {principal: User, resource: Doc, context: {mfa: Bool, n?: Long, who?: User}};
action change in [all];
action all;
"""
USER: dict[str, Any] = {
    "uid": {"type": "User", "id": "a"},
    "attrs": {
        "age": 1, "ok": True, "names": ["x"], "address": {"city": "z"},
        "color": {"__entity": {"type": "Color", "id": "red"}},
    },
    "parents": [{"type": "Team", "id": "t"}],
}  # fmt: skip
TEAM: dict[str, Any] = {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": [{"type": "Team", "id": "top"}]}
DOC: dict[str, Any] = {
    "uid": {"type": "Doc", "id": "d"},
    "attrs": {"owner": {"__entity": {"type": "User", "id": "a"}}},
    "parents": [],
}
REQUEST: dict[str, Any] = {
    "principal": {"type": "User", "id": "a"},
    "action": {"type": "Action", "id": "view"},
    "resource": {"type": "Doc", "id": "d"},
    "context": {"mfa": True},
}
PERMIT = "permit (principal, action, resource);"


def user(**attributes: Any) -> dict[str, Any]:
    return {**USER, "attrs": {**USER["attrs"], **attributes}}


def without(name: str) -> dict[str, Any]:
    return {**USER, "attrs": {key: value for key, value in USER["attrs"].items() if key != name}}


def plain(kind: str, name: str, *parents: tuple[str, str], **more: Any) -> dict[str, Any]:
    uids = [{"type": parent, "id": each} for parent, each in parents]
    return {"uid": {"type": kind, "id": name}, "attrs": {}, "parents": uids, **more}


def extension(function: str, argument: str) -> dict[str, Any]:
    return {"__extn": {"fn": function, "arg": argument}}


def theirs(policy: str, request: dict[str, Any], entities: list[Any], schema: str | None) -> str:
    """What Cedar answers: allow, deny or error."""
    known = cedarpy.Schema.from_str(schema) if schema else None
    try:
        parsed = cedarpy.Entities.from_json_str(json.dumps(entities), schema=known)
        answer = cedarpy.is_authorized(request, policy, parsed, known)
    except (ValueError, TypeError):
        return "error"
    return {"Allow": "allow", "Deny": "deny"}.get(answer.decision.value, "error")


def ours(policy: str, request: dict[str, Any], entities: list[Any], schema: str | None) -> str:
    evaluator = Evaluator(parse(policy), read_schema(schema) if schema else None)
    answer = evaluator.answer(encode({"id": 1, **request, "entities": entities}))
    assert answer["id"] == 1
    return answer.get("decision", "error")


ENTITIES: dict[str, list[Any]] = {
    "as the schema has it": [USER, TEAM, DOC],
    "an attribute is missing": [without("age")],
    "an attribute is not declared": [user(zz=1)],
    "a text for a number": [user(age="1")],
    "a truth value for a number": [user(age=True)],
    "a number for a truth value": [user(ok=1)],
    "an entity without its escape": [user(color={"type": "Color", "id": "red"})],
    "a name that the enumeration has not": [user(color={"type": "Color", "id": "green"})],
    "an entity of another type": [user(best={"type": "Doc", "id": "x"})],
    "an address as text": [user(ip="1.2.3.4")],
    "an address with its prefix": [user(ip="10.0.0.0/8")],
    "an address with too long a prefix": [user(ip="10.0.0.0/33")],
    "an address with leading zeros": [user(ip="010.0.0.1")],
    "an address of version 6": [user(ip="::1")],
    "an address of version 6 that ends in one of version 4": [user(ip="::ffff:1.2.3.4")],
    "no address": [user(ip="zz")],
    "an address in its escape": [user(ip=extension("ip", "1.2.3.4"))],
    "a decimal for an address": [user(ip=extension("decimal", "1.2"))],
    "a decimal": [user(cost="1.2345")],
    "a decimal with too many digits": [user(cost="1.23456")],
    "a decimal without digits": [user(cost="1.")],
    "the largest decimal": [user(cost="922337203685477.5807")],
    "a decimal that is too large": [user(cost="922337203685477.5808")],
    "a moment": [user(at="2026-02-03T04:05:06Z")],
    "a moment with milliseconds and an offset": [user(at="2026-02-03T04:05:06.789+0130")],
    "a date": [user(at="2026-02-03")],
    "a date that is not": [user(at="2026-02-30")],
    "a moment without a zone": [user(at="2026-02-03T04:05:06")],
    "a span": [user(span="1d2h3m4s5ms")],
    "a negative span": [user(span="-90m")],
    "a span in the wrong order": [user(span="3m2h")],
    "an empty span": [user(span="")],
    "a set with another type": [user(names=[1])],
    "a set with one item twice": [user(names=["a", "a"])],
    "a text for a set": [user(names="a")],
    "a record with another field": [user(address={"city": "a", "q": 1})],
    "a record without a field": [user(address={})],
    "null": [user(name=None)],
    "a fraction": [user(age=1.5)],
    "a fraction that is whole": [user(age=1.0)],
    "a number over 64 bits": [user(age=2**63)],
    "the smallest number": [user(age=-(2**63))],
    "a type that is not declared": [plain("Zz", "a")],
    "in a role": [{**USER, "parents": [{"type": "Role", "id": "r"}]}],
    "in a document": [{**USER, "parents": [{"type": "Doc", "id": "r"}]}],
    "in something that is not declared": [{**USER, "parents": [{"type": "Q", "id": "r"}]}],
    "one entity twice, alike": [TEAM, TEAM],
    "one entity twice, differing": [USER, user(age=2)],
    "a cycle": [plain("Team", "t", ("Team", "u")), plain("Team", "u", ("Team", "t"))],
    "a cycle of one": [plain("Team", "t", ("Team", "t"))],
    "an enumerated entity": [plain("Color", "red")],
    "an enumerated entity that is not": [plain("Color", "green")],
    "an action with its groups": [plain("Action", "view", ("Action", "change"), ("Action", "all"))],
    "an action without its groups": [plain("Action", "view")],
    "an action that is not declared": [plain("Action", "zz")],
    "no attrs": [{"uid": {"type": "Role", "id": "r"}, "parents": []}],
    "no parents": [{"uid": {"type": "Role", "id": "r"}, "attrs": {}}],
    "another key": [plain("Role", "r", zz=1)],
    "a uid in its escape": [{"uid": {"__entity": {"type": "Role", "id": "r"}}, "attrs": {}, "parents": []}],
    "a uid as text": [{"uid": 'Role::"r"', "attrs": {}, "parents": []}],
    "a uid as an expression": [{"uid": {"__expr": 'Role::"r"'}, "attrs": {}, "parents": []}],
    "tags": [{**USER, "tags": {"a": ["x"]}}],
    "tags of another type": [{**USER, "tags": {"a": 1}}],
    "tags where there are none": [plain("Role", "r", tags={"a": 1})],
}


@pytest.mark.parametrize("name", ENTITIES)
def test_entities_under_a_schema_are_read_as_cedar_reads_them(name: str) -> None:
    entities = ENTITIES[name]
    assert ours(PERMIT, REQUEST, entities, SCHEMA) == theirs(PERMIT, REQUEST, entities, SCHEMA)


ATTRIBUTES: dict[str, Any] = {
    "null": None,
    "a fraction": 1.5,
    "an entity without its escape is a record": {"type": "X", "id": "y"},
    "an address that is none": extension("ip", "zz"),
    "a function that there is not": extension("zip", "zz"),
    "an expression": {"__expr": "1"},
    "a set of many types": [1, "x", True, {"a": 1}, []],
    "an entity type that is no name": {"__entity": {"type": "a b", "id": "x"}},
    "an entity with more": {"__entity": {"type": "A", "id": "x", "z": 1}},
    "more beside an entity": {"__entity": {"type": "A", "id": "x"}, "z": 1},
}


@pytest.mark.parametrize("name", ATTRIBUTES)
@pytest.mark.parametrize("place", ["entity", "context"])
def test_values_without_a_schema_are_read_as_cedar_reads_them(name: str, place: str) -> None:
    entities = [{"uid": {"type": "A", "id": "x"}, "attrs": {"a": ATTRIBUTES[name]}, "parents": []}]
    request = REQUEST if place == "entity" else {**REQUEST, "context": {"a": ATTRIBUTES[name]}}
    chosen = entities if place == "entity" else []
    assert ours(PERMIT, request, chosen, None) == theirs(PERMIT, request, chosen, None)


REQUESTS: dict[str, dict[str, Any]] = {
    "as the schema has it": {},
    "context is missing a field": {"context": {}},
    "context has another field": {"context": {"mfa": True, "z": 1}},
    "context has another type": {"context": {"mfa": 1}},
    "context has an entity without its escape": {"context": {"mfa": True, "who": {"type": "User", "id": "a"}}},
    "a principal to whom the action does not apply": {"principal": {"type": "Doc", "id": "d"}},
    "a principal that is not declared": {"principal": {"type": "Zz", "id": "d"}},
    "a principal that no entity is given for": {"principal": {"type": "User", "id": "nobody"}},
    "an action that is not declared": {"action": {"type": "Action", "id": "zz"}},
    "a group for an action": {"action": {"type": "Action", "id": "all"}},
    "a resource to which the action does not apply": {"resource": {"type": "User", "id": "d"}},
    "a type that is no name": {"principal": {"type": "a b", "id": "d"}},
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_under_a_schema_are_read_as_cedar_reads_them(name: str) -> None:
    request = {**REQUEST, **REQUESTS[name]}
    entities = [USER, TEAM, DOC]
    assert ours(PERMIT, request, entities, SCHEMA) == theirs(PERMIT, request, entities, SCHEMA)


# The fail-open trap: entities parsed without the schema know no action groups, and a forbid on a group does not fire.


def test_the_fail_open_trap_is_still_there_and_we_are_not_in_it() -> None:
    policy = PERMIT + 'forbid (principal, action in Action::"change", resource);'
    entities = [USER, TEAM, DOC]
    blind = cedarpy.Entities.from_json_str(json.dumps(entities))
    trapped = cedarpy.is_authorized(REQUEST, policy, blind, cedarpy.Schema.from_str(SCHEMA))
    assert trapped.decision == cedarpy.Decision.Allow, "Cedar's binding closed the trap: say so in docs/policy.md"
    assert theirs(policy, REQUEST, entities, SCHEMA) == "deny"
    assert ours(policy, REQUEST, entities, SCHEMA) == "deny"


# Rules that may fail, over entities of all sorts


def texts(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


PATH = texts(
    "principal", "resource", "action", "context", "principal.age", "principal.name", "principal.ok", "principal.names",
    "principal.best", "principal.best.age", "principal.address", "principal.address.city", "principal.address.zip",
    'resource["odd name"]', "resource.owner", "resource.owner.names", "resource.owner.ok", "context.mfa", "context.n",
    "context.who", "context.who.age", "principal.nothing", "principal.ip", "action.x", "principal.mixed",
)  # fmt: skip
VALUE = texts(
    "1", "-1", "9223372036854775807", "true", "false", '"x"', '""', '"*"', '"z\\u{fc}"', 'User::"a"', 'Team::"top"', 'Color::"red"',
    'Action::"all"', '["x"]', "[]", '[1, "x", true]', "[true]", "[1]", 'User::"nobody"', 'Doc::"d"',
)  # fmt: skip
ENTITY = texts(
    'User::"a"', 'Team::"t"', 'Team::"top"', 'Action::"all"', 'Action::"view"', '[Team::"top", User::"b"]', "[]", "[1]"
)


PATTERN = texts('"*"', '"x*"', '"*ü"', '"a*b*c"', '"\\\\*"', '""')


@st.composite
def relation(draw: st.DrawFn) -> str:
    path, value = draw(PATH), draw(VALUE)
    match draw(st.integers(0, 6)):
        case 0:
            left, right = (path, value) if draw(st.booleans()) else (value, path)
            return f"{left} {draw(texts('==', '!=', '<', '<=', '>', '>='))} {right}"
        case 1:
            return f"{path} like {draw(PATTERN)}"
        case 2:
            return f"{path} in {draw(ENTITY)}"
        case 3:
            return f"{path} is {draw(texts('User', 'Team', 'Doc', 'Action'))}"
        case 4:
            return f"{path}.{draw(texts('contains', 'containsAll', 'containsAny'))}({value})"
        case 5:
            return (
                f"{value}.{draw(texts('contains', 'containsAll', 'containsAny'))}({path})" if value[0] == "[" else path
            )
    return path


EXPRESSION = st.recursive(
    relation(),
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: "(" + " && ".join(each) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: "(" + " || ".join(each) + ")"),
    ),
    max_leaves=6,
)
HEAD = texts(
    "principal, action, resource", 'principal in Team::"top", action, resource', "principal is User, action, resource",
    'principal, action in Action::"all", resource', 'principal, action == Action::"edit", resource',
    'principal, action in [Action::"view", Action::"edit"], resource is Doc', 'principal is User in Team::"t", action, resource',
)  # fmt: skip
RULE = st.builds(
    "{} ({}) {} {{ {} }};".format, texts("permit", "permit", "forbid"), HEAD, texts("when", "unless"), EXPRESSION
)
RULES = st.lists(RULE, min_size=1, max_size=5).map("\n".join)
MIXED = user(
    name="z", best={"__entity": {"type": "User", "id": "b"}}, address={"city": "zü", "zip": 2}, mixed=[1, "x", True]
)
SECOND = {
    **user(age=9223372036854775807, ok=False, names=["x", "y", ""]),
    "uid": {"type": "User", "id": "b"},
    "parents": [],
}
WORLDS = [[USER, TEAM, DOC], [MIXED, SECOND, DOC], [DOC], []]
CONTEXTS = [{"mfa": True}, {"mfa": False, "n": 1, "who": {"__entity": {"type": "User", "id": "b"}}}]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=RULES)
def test_rules_that_fail_are_skipped_as_cedar_skips_them(policy: str) -> None:
    known = cedarpy.Schema.from_str(SCHEMA)
    parsed = cedarpy.PolicySet.from_str(policy)
    rules = parse(policy)
    requests = [
        {**REQUEST, "principal": {"type": "User", "id": name}, "action": {"type": "Action", "id": action}, "context": context}
        for name in ("a", "b") for action in ("view", "edit") for context in CONTEXTS
    ]  # fmt: skip
    for world in WORLDS:
        typed = world is not WORLDS[1]  # `mixed` fits no schema
        entities = cedarpy.Entities.from_json_str(json.dumps(world), schema=known if typed else None)
        answers = cedarpy.is_authorized_batch(requests, parsed, entities)
        evaluator = Evaluator(rules, read_schema(SCHEMA) if typed else None)
        for request, answer in zip(requests, answers, strict=True):
            found = evaluator.answer(encode({"id": 1, **request, "entities": world}))
            assert found.get("decision") == answer.decision.value.lower(), (policy, request, world)


# Lines that are no requests


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"nonsense", None),
        (b"[]", None),
        (b'{"id": "a"}', "a"),
        (b'{"id": 7, "principal": "User::", "action": 1, "resource": 2}', 7),
        (
            b'{"id": 8, "principal": "User::\\"a\\"", "action": "Action::\\"v\\"", "resource": "D::\\"d\\"", "context": []}',
            8,
        ),
        (b"\xff\xfe", None),
        (b'{"id": 9, "entities": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", None),
    ],
)
def test_a_line_that_is_no_request_gets_an_error_with_its_id(line: bytes, name: object) -> None:
    answer = Evaluator(parse(PERMIT)).answer(line)
    assert answer["id"] == name
    assert answer["error"]


def test_entities_may_be_named_as_policies_name_them() -> None:
    line = b'{"id": 1, "principal": "User::\\"a\\"", "action": "Action::\\"view\\"", "resource": "N::Doc::\\"d\\""}'
    assert (
        Evaluator(parse('permit (principal == User::"a", action, resource is N::Doc);')).answer(line)["decision"]
        == "allow"
    )


@settings(max_examples=300, deadline=None)
@given(
    line=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    texts(
                        "id",
                        "principal",
                        "action",
                        "resource",
                        "context",
                        "entities",
                        "type",
                        "__entity",
                        "uid",
                        "attrs",
                        "parents",
                        "__extn",
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ).map(encode),
    )
)
def test_no_line_brings_the_evaluator_down(line: bytes) -> None:
    evaluator = Evaluator(parse(PERMIT), read_schema(SCHEMA))
    assert set(evaluator.answer(line)) in ({"id", "decision"}, {"id", "error"})
