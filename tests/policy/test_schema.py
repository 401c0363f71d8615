"""Schemas: Jackline's own, and any public one in both of Cedar's forms."""

from __future__ import annotations

import json

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core import words
from jackline.core.errors import PolicyError
from jackline.policy import shipped
from jackline.policy.cedar.entities import read_entities
from jackline.policy.cedar.evaluate import Request, decide
from jackline.policy.cedar.values import Record, Uid
from jackline.policy.layers import checked
from jackline.policy.parser import parse
from jackline.policy.schema import BOOL, LONG, STRING, EntityOf, ExtensionOf, RecordOf, Schema, SetOf
from jackline.policy.schema_json import parse_json_schema, read_schema
from jackline.policy.schema_text import parse_schema
from jackline.policy.syntax import EntityConstant, walk
from jackline.policy.vocabulary import ENTITY_TYPES, ENUMERATIONS, GROUPS, schema, schema_text

# Jackline's own


def test_the_schema_of_effects_is_cedars_as_well() -> None:
    cedarpy.Schema.from_str(schema_text())
    cedarpy.Schema.from_str(schema_text(("plan", "apply")))


def test_every_verb_is_in_one_group_and_applies_to_every_kind() -> None:
    known = schema()
    assert sorted(verb for verbs in GROUPS.values() for verb in verbs) == sorted(words.VERBS)
    for verb in words.VERBS:
        action = known.actions["Action", verb]
        assert action.resources == set(ENTITY_TYPES.values())
        assert len(action.ancestors) == 1


def test_every_kind_has_a_type_with_every_attribute_required() -> None:
    known = schema()
    assert set(ENTITY_TYPES) == set(words.KINDS)
    for name in ENTITY_TYPES.values():
        fields = known.entities[name].shape.fields
        assert {"name", "environment", "reach", "labels"} <= set(fields)
        assert all(field.required for field in fields.values())


def test_every_vocabulary_is_an_enumeration() -> None:
    known = schema(("plan", "apply"))
    for name, values in {**ENUMERATIONS, "Phase": ("plan", "apply")}.items():
        assert known.entities[name].names == set(values)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_every_word_of_the_shipped_policies_is_in_the_vocabulary(name: str) -> None:
    known = schema()
    for rule in checked(shipped.text(name)):
        for condition in rule.conditions:
            for node in walk(condition.body):
                if isinstance(node, EntityConstant) and node.type in ENUMERATIONS:
                    assert node.id in ENUMERATIONS[node.type]
                elif isinstance(node, EntityConstant):
                    assert node.type in known.entities or ("Action", node.id) in known.actions


# Any public schema

TEXT = """
// A schema with most of what the language has.
@doc("outermost")
type Level = Long;
entity Root;
namespace Shop {
  type Address = { street: String, zip?: Level, "odd name": Bool };
  type Addresses = Set<Address>;
  entity Group in [Group];
  entity User, Robot in [Group, Root] = { age: Level, at: Addresses, "friend"?: User, ip: ipaddr, ok: __cedar::Bool } tags String;
  entity Kind enum ["a", "b c"];
  entity Thing;
  type User2 = User;
  action "look at", touch in ["all"] appliesTo { principal: [User, Robot], resource: Thing, context: { who: User2, when?: datetime } };
  action all in [Action::"everything"];
  action everything;
}
namespace Other::Deep { entity Thing in Shop::Group { of: Shop::Thing, own?: Thing }; action go in Shop::Action::"all" appliesTo { principal: Shop::User, resource: [Thing], context: Shop::Address }; }
"""


def test_the_readable_form() -> None:
    cedarpy.Schema.from_str(TEXT)
    known = parse_schema(TEXT)
    user = known.entities["Shop::User"]
    assert user.parents == {"Shop::Group", "Root"}
    assert user.tags == STRING
    fields = user.shape.fields
    assert (fields["age"].type, fields["ok"].type, fields["ip"].type) == (LONG, BOOL, ExtensionOf("ipaddr"))
    assert fields["friend"].type == EntityOf("Shop::User")
    assert not fields["friend"].required
    address = fields["at"].type
    assert isinstance(address, SetOf)
    assert isinstance(address.item, RecordOf)
    assert set(address.item.fields) == {"street", "zip", "odd name"}
    assert known.entities["Shop::Kind"].names == {"a", "b c"}
    look = known.actions["Shop::Action", "look at"]
    assert look.ancestors == {("Shop::Action", "all"), ("Shop::Action", "everything")}
    assert look.principals == {"Shop::User", "Shop::Robot"}
    assert look.context.fields["who"].type == EntityOf("Shop::User")
    go = known.actions["Other::Deep::Action", "go"]
    assert go.ancestors == look.ancestors
    assert go.resources == {"Other::Deep::Thing"}
    assert known.entities["Other::Deep::Thing"].shape.fields["of"].type == EntityOf("Shop::Thing")
    assert known.entities["Other::Deep::Thing"].shape.fields["own"].type == EntityOf("Other::Deep::Thing")


JSON_FORM = {
    "": {
        "commonTypes": {"Level": {"type": "Long"}},
        "entityTypes": {"Root": {}, "Color": {"enum": ["red"]}},
        "actions": {},
    },
    "Shop": {
        "commonTypes": {
            "Address": {
                "type": "Record",
                "attributes": {"street": {"type": "String"}, "zip": {"type": "Level", "required": False}},
            }
        },
        "entityTypes": {
            "Group": {"memberOfTypes": ["Group"]},
            "User": {
                "memberOfTypes": ["Group", "Root"],
                "shape": {
                    "type": "Record",
                    "attributes": {
                        "at": {"type": "Set", "element": {"type": "Address"}},
                        "friend": {"type": "Entity", "name": "User", "required": False},
                        "color": {"type": "EntityOrCommon", "name": "Color"},
                        "ip": {"type": "Extension", "name": "ipaddr"},
                        "ok": {"type": "Boolean"},
                    },
                },
                "tags": {"type": "String"},
            },
        },
        "actions": {
            "all": {},
            "touch": {
                "memberOf": [{"id": "all"}],
                "appliesTo": {
                    "principalTypes": ["User"],
                    "resourceTypes": ["Group"],
                    "context": {"type": "Record", "attributes": {}},
                },
            },
        },
    },
}
SAME = """
type Level = Long;
entity Root;
entity Color enum ["red"];
namespace Shop {
  type Address = { street: String, zip?: Level };
  entity Group in [Group];
  entity User in [Group, Root] { at: Set<Address>, friend?: User, color: Color, ip: ipaddr, ok: Bool } tags String;
  action all;
  action touch in [all] appliesTo { principal: User, resource: Group, context: {} };
}
"""


def test_both_forms_say_the_same() -> None:
    text = json.dumps(JSON_FORM)
    cedarpy.Entities.from_json_str("[]", schema=JSON_FORM)
    cedarpy.Schema.from_str(SAME)
    assert read_schema(text) == read_schema(SAME) == parse_json_schema(text)


def test_a_schema_gives_its_actions_their_groups() -> None:
    known = read_schema(TEXT)
    entities = read_entities([], known)
    user, thing = Uid("Shop::User", "u"), Uid("Shop::Thing", "t")
    request = Request(user, Uid("Shop::Action", "touch"), thing, Record({}), entities)
    assert decide(parse('permit (principal, action in Shop::Action::"everything", resource);'), request) == "allow"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entity A in [B];", "`B` is not declared"),
        ("entity A { x: B };", "type `B` is not declared"),
        ("type A = { b: B }; type B = Set<A>; entity C { a: A };", "contains itself"),
        ("action a in [b]; action b in [a];", "member of itself"),
        ("action a in [b];", "action group `b`"),
        ("entity A; entity A;", "declared twice"),
        ("action a; action a;", "declared twice"),
        ("type String = Long;", "built in"),
        ("entity A enum [];", "at least one name"),
        ("entity A { x: Long, x: Long };", "declared twice"),
        ("entity A = Long;", "is not a record"),
        ("action a appliesTo { principal: A };", "at least one principal and one resource"),
        ("entity A { x Long };", "expected `:`"),
        ("entity", "expected an entity type's name"),
        ("entity A { x: " + "Set<" * 60 + "Long" + ">" * 60 + "};", "nested more than"),
        ('entity A { x: "Long" };', "expected a type"),
        ("namespace A {} namespace A {}", "declared twice"),
        ("{", "not valid JSON"),
        ('{"": []}', "something else than an object"),
        ('{"": {"entityTypes": {"A": {"shape": {"type": 1}}}}}', "something else than a text"),
        ("[" * 100_000, "expected `entity`"),
        ('{"":' * 100_000, "not valid JSON"),
    ],
)
def test_schemas_that_are_wrong_say_so(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message.replace("(", r"\(")):
        read_schema(text)


def test_types_that_double_at_each_step_are_bounded() -> None:
    steps = "".join(f"type T{number} = {{ a: T{number - 1}, b: T{number - 1} }};" for number in range(1, 18))
    with pytest.raises(PolicyError, match="more than 20000 attributes"):
        read_schema(f"type T0 = {{ x: Long }};{steps} entity A {{ t: T17 }};")


WORDS = st.sampled_from([
    "entity", "action", "type", "namespace", "enum", "tags", "in", "appliesTo", "principal", "resource", "context", "A", "B",
    "Long", "Set", "{", "}", "[", "]", "<", ">", ":", "::", ";", ",", "?", "=", '"a"', "@", "(", ")",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(st.lists(WORDS, max_size=30).map(" ".join), st.text(max_size=40), st.text('{}[]":,a1', max_size=40))
)
def test_any_text_is_a_schema_or_a_policy_error(text: str) -> None:
    found: object = None
    try:
        found = read_schema(text)
    except PolicyError as error:
        found = error
    assert isinstance(found, (Schema, PolicyError))
