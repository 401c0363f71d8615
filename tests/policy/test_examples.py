"""The examples' own form."""

from __future__ import annotations

import pytest

from jackline.core.effect import ANY, Effect, Resource
from jackline.core.errors import ConfigurationError
from jackline.policy import LayerText, Posture, load
from jackline.policy.examples import expression, read_examples, run_examples
from jackline.policy.remedies import Choice, minimal, point_of


def test_a_line_is_an_effect_a_session_and_what_it_takes() -> None:
    text = """
    # a comment
    send endpoint "api example" port=443 environment=production reach=remote +body +upload origin=user extent=unbounded seen=secret,untrusted phase=none -> held or approval 1
    """
    (example,) = read_examples(text)
    resource = Resource("endpoint", "api example", "production", "remote", frozenset({"body", "upload"}), port=443)
    assert example.effect == Effect("send", resource, ANY, origin="user")
    assert example.posture == Posture(seen=frozenset({"secret", "untrusted"}))
    assert example.expected == {Choice(("held",), 0), Choice((), 1)}
    assert example.line == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("read file /x", "an example is"),
        ("read file -> allow", "a verb, a kind and a name"),
        ("reed file /x -> allow", "Invalid enum value 'reed'"),
        ("read file /x +secrt -> allow", "Invalid enum value 'secrt'"),
        ("read file /x what=ever -> allow", "`what=` is not known"),
        ("read file /x reach=moon -> allow", "Invalid enum value 'moon'"),
        ("read file /x -> approval 4", "`approval 4` is no remedy"),
        ("read file /x -> alowed", "`alowed` is no remedy"),
        ('read file "/x -> allow', "No closing quotation"),
        ("connect endpoint x port=many -> allow", "invalid literal"),
    ],
)
def test_a_line_that_is_wrong_says_so(line: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_examples(f"read file /y -> allow\n{line}\n")
    assert str(caught.value).startswith("line 2: ")


@pytest.mark.parametrize(
    "text",
    [
        "allow",
        "never",
        "undoable or approval 1",
        "held or contained and undoable or rehearsed and approval 1 or approval 2",
    ],
)
def test_an_expression_is_read_back(text: str) -> None:
    (example,) = read_examples(f"read file /x -> {text}")
    assert expression(example.expected) == text


def test_an_example_that_does_not_hold_shows_what_does() -> None:
    policies = load([LayerText("user", "permit (principal, action, resource) when { context.approval >= 2 };")])
    outcomes = run_examples(policies, read_examples("read file /x -> allow\nread file /y -> approval 2"))
    assert [(outcome.passed, expression(outcome.found)) for outcome in outcomes] == [
        (False, "approval 2"),
        (True, "approval 2"),
    ]


def test_every_single_choice_can_be_written() -> None:
    for point in range(64):
        (chosen,) = minimal(1 << point)
        (example,) = read_examples(f"read file /x -> {expression([chosen])}")
        assert [point_of(*each) for each in example.expected] == [point]
