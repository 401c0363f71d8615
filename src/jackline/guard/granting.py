"""`jackline allow --like ID`: the effects that a person was asked about, as permits of the user's own layer, or as
approvals of a class until a time.

A grant is a pattern of effects, never of text: the same verb on the same thing, in the same environment and reach, with
exactly the same labels and authorship, no more of it and no harder to put back, by a session that has seen no more. A
`forbid` still wins, and so do the layers of the machine and of the project.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from jackline.core.codec import digest
from jackline.core.errors import UsageError
from jackline.core.words import LABELS, SESSION_LABELS
from jackline.guard.configuration import DEFAULTS, layer_texts, load_phases
from jackline.guard.paths import private_directory
from jackline.guard.standing import OBSERVE
from jackline.policy.approvals import ClassApproval, pattern_of
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, load
from jackline.policy.names import UNKNOWN_PART
from jackline.policy.posture import Posture, seen_with
from jackline.policy.vocabulary import ENTITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.decision import Decision
    from jackline.core.effect import Effect
    from jackline.guard.configuration import Settings
    from jackline.guard.paths import Homes

_ID_DIGITS: Final = 12
_NOT_WORSE: Final = {"yes": '== Undo::"yes"', "with_undo": '!= Undo::"no"'}
_TOOL: Final = "the tool "
_OTHER_LABELS: Final = frozenset(LABELS)


class Grant(Struct, frozen=True):
    """The text of the permits, and a sentence for each."""

    text: str
    sentences: tuple[str, ...]

    def append(self, path: str) -> None:
        """Add the text to the user's grants; the file is replaced whole. Raises `OSError`, `ConfigurationError`."""
        private_directory(os.path.dirname(path))
        before = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                before = file.read().rstrip("\n") + "\n\n"
        temporary = f"{path}.{secrets.token_hex(4)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(before + self.text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


class Likeness(NamedTuple):
    """What the like of an action would be asked about: its decision, the layers that ask, and the effects they ask for."""

    action: str
    decision: Decision
    texts: tuple[LayerText, ...]
    phases: tuple[str, ...]
    asked: tuple[Effect, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The effects in words, each once."""
        return tuple(dict.fromkeys(_sentence(effect) for effect in self.asked))

    def judged(self, *, more: str = "", classes: tuple[ClassApproval, ...] = ()) -> Decision:
        """The decision on the like of the action, with permits or approvals added. Nobody is there to ask."""
        texts = [*self.texts, LayerText("user", more)] if more else list(self.texts)
        posture = Posture(seen=self.decision.seen, classes=classes)
        return judge(load(texts, self.phases), self.decision.effects, posture)


def likeness(decision: Decision, action: str, homes: Homes, settings: Settings) -> Likeness:
    """What the like of an action would be asked about, under the policy in force; under `observe`, which asks nothing,
    by the baseline. Raises `UsageError` where there is nothing, and `ConfigurationError` for a policy that is wrong."""
    if settings.policy == OBSERVE:
        settings = replace(settings, policy=DEFAULTS.policy)
    decision = replace(
        decision, seen=seen_with(decision.seen, decision.effects)
    )  # a denied one bears those of before it
    texts, phases = tuple(layer_texts(settings, homes)), load_phases(settings, homes).words
    policies, posture = load(texts, phases), Posture(seen=decision.seen)
    if judge(policies, decision.effects, posture).verdict == "allow":
        message = f"the like of `{action}` is allowed as it is; there is nothing to grant"
        raise UsageError(message)
    asked = tuple(effect for effect in decision.effects if judge(policies, [effect], posture).verdict != "allow")
    unbounded = next((effect for effect in asked if not _is_bounded(effect)), None)
    if unbounded is not None:
        message = (
            f"`{action}` would {_sentence(unbounded)}, which is not known well enough: the like of it could be anything; "
            "approve it each time"
        )
        raise UsageError(message)
    return Likeness(action, decision, texts, phases, asked)


def _is_bounded(effect: Effect) -> bool:
    """Whether an effect's name says what it touches. What could not be read is something else the next time, but for a
    server's tool, which the call itself names (`lower.mcp`); so is what begins with a part that is not known."""
    if effect.verb == "opaque":
        return effect.resource.name.startswith(_TOOL)
    return not effect.resource.name.startswith(UNKNOWN_PART)


def grant_for(like: Likeness) -> Grant:
    """The grant that lets the like of an action pass without a question. Raises `UsageError` where none can."""
    text = "".join(dict.fromkeys(_permit(effect, like.decision) for effect in like.asked))
    judged = like.judged(more=text)
    if judged.verdict != "allow":
        raise _cannot(judged, f"no grant can allow the like of `{like.action}`")
    return Grant(text, like.sentences)


def classes_for(like: Likeness, strength: int, until: int) -> tuple[ClassApproval, ...]:
    """The approvals that let the like of an action pass until a time (microseconds since the epoch).

    Raises `UsageError` where an approval of this strength lets nothing pass.
    """
    patterns = dict.fromkeys(pattern_of(effect) for effect in like.asked)
    classes = tuple(ClassApproval(pattern, strength, until, like.decision.seen) for pattern in patterns)
    judged = like.judged(classes=classes)
    if judged.verdict != "allow":
        raise _cannot(judged, f"no approval of strength {strength} can allow the like of `{like.action}`")
    return classes


def _cannot(judged: Decision, what: str) -> UsageError:
    why = judged.reasons[0].text if judged.reasons else "a layer above does not permit it"
    return UsageError(f"{what}: {why}")


def _permit(effect: Effect, decision: Decision) -> str:
    resource = effect.resource
    conditions = [
        f"resource.name == {_quoted(resource.name)}",
        f'resource.environment == Environment::"{resource.environment}"',
        f'resource.reach == Reach::"{resource.reach}"',
        f'context.effect.authorship == Authorship::"{effect.authorship}"',
        'context.effect.origin != Origin::"untrusted"',
    ]
    if effect.extent.at_most is not None:
        conditions.append(f"context.effect.atMost <= {effect.extent.at_most}")
    if effect.reversible in _NOT_WORSE:
        conditions.append(f"context.effect.reversible {_NOT_WORSE[effect.reversible]}")
    if resource.kind == "endpoint":
        conditions.append(f"resource.port == {resource.port}")
    if resource.labels:
        conditions.append(f"resource.labels.containsAll({_labels(resource.labels)})")
    body = "\n".join(f"when {{ {condition} }}" for condition in conditions)
    unseen = SESSION_LABELS - decision.seen
    if unseen:
        body += f"\nunless {{ context.seen.containsAny({_labels(unseen)}) }}"
    others = _OTHER_LABELS - resource.labels
    body += f"\nunless {{ resource.labels.containsAny({_labels(others)}) }}"
    head = f'permit (principal, action == Action::"{effect.verb}", resource is {ENTITY_TYPES[resource.kind]})'
    name = digest(head + body)[:_ID_DIGITS]
    return f'@id("grant-{name}")\n@why("a person allowed it: {_sentence(effect, plain=True)}")\n{head}\n{body};\n'


def _sentence(effect: Effect, *, plain: bool = False) -> str:
    resource = effect.resource
    labels = f" ({', '.join(sorted(resource.labels))})" if resource.labels else ""
    name = "it" if plain else f"`{resource.name}`"
    place = f" in {resource.environment}" if resource.environment != "unknown" else ""
    port = f" port {resource.port}" if resource.port else ""
    return f"{effect.verb} {resource.kind} {name}{port}{place}{labels}"


def _labels(labels: Iterable[str]) -> str:
    return "[" + ", ".join(f'Label::"{label}"' for label in sorted(labels)) + "]"


def _quoted(text: str) -> str:
    """A Cedar string literal (Rust's escapes)."""
    return '"' + "".join(_ESCAPES.get(letter) or _escape(letter) for letter in text) + '"'


def _escape(letter: str) -> str:
    return letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}"


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\"}
