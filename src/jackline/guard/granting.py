"""`jackline allow --like ID`: the effects that a person was asked about, as permits of the user's own layer.

A grant is a pattern of effects, never of text: the same verb on the same thing, in the same environment and reach, with
exactly the same labels and authorship, by a session that has seen no more. One label more, and it is asked again. A
`forbid` still wins, and so do the layers of the machine and of the project.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.core.codec import digest
from jackline.core.errors import UsageError
from jackline.core.words import LABELS, SESSION_LABELS
from jackline.guard.configuration import layer_texts, load_phases
from jackline.guard.paths import private_directory
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, load
from jackline.policy.posture import Posture
from jackline.policy.vocabulary import ENTITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.decision import Decision
    from jackline.core.effect import Effect
    from jackline.guard.configuration import Settings
    from jackline.guard.paths import Homes

_ID_DIGITS: Final = 12
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


def grant_for(decision: Decision, action: str, homes: Homes, settings: Settings) -> Grant:
    """The grant that lets the like of an action pass without a question.

    Raises `UsageError` where there is nothing to grant, or where no grant of the user's can allow it.
    """
    if decision.verdict == "allow":
        message = f"`{action}` was allowed as it is; there is nothing to grant"
        raise UsageError(message)
    texts = layer_texts(settings, homes)
    words = load_phases(settings, homes).words
    before, posture = load(texts, words), Posture(seen=decision.seen)
    asked = (effect for effect in decision.effects if judge(before, [effect], posture).verdict != "allow")
    effects = list({_permit(effect, decision): effect for effect in asked}.items())
    text = "".join(permit for permit, _ in effects)
    after = load([*texts, LayerText("user", text, homes.grants)], words)
    judged = judge(after, decision.effects, posture)
    if judged.verdict != "allow":
        why = judged.reasons[0].text if judged.reasons else "a layer above does not permit it"
        message = f"no grant can allow the like of `{action}`: {why}"
        raise UsageError(message)
    return Grant(text, tuple(_sentence(effect) for _, effect in effects))


def _permit(effect: Effect, decision: Decision) -> str:
    resource = effect.resource
    conditions = [
        f"resource.name == {_quoted(resource.name)}",
        f'resource.environment == Environment::"{resource.environment}"',
        f'resource.reach == Reach::"{resource.reach}"',
        f'context.effect.authorship == Authorship::"{effect.authorship}"',
        'context.effect.origin != Origin::"untrusted"',
    ]
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
