"""Replace secrets by keyed placeholders, in texts, actions and whole trees of data.

A placeholder is `JLSECRET_` (where the secret was an identifier) or `JLSECRET-`, and twelve letters or digits of a
keyed hash: equal secrets have equal placeholders, and nobody without the key can test a guess. To every lexer that we
know it is one plain word, as the secret was; so the redacted action lowers to the same effects.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.action import Action
from jackline.core.codec import encode
from jackline.ledger.bounds import cut_text
from jackline.ledger.redact.find import PLACEHOLDER, Found, find_secrets
from jackline.ledger.redact.named import secret_name, value_is_secret
from jackline.ledger.redact.sieve import may_hold_secrets
from jackline.ledger.redact.work import HEAD, RESERVE, Work, WorkSpentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jackline.core.effect import Effect

_DOMAIN: Final = b"jackline/ledger/placeholder/v1\x00"
_DIGITS: Final = 12
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NAME: Final = re.compile(r"-{0,2}[A-Za-z_][A-Za-z0-9_.-]{0,80}")
_COMPONENTS: Final = re.compile(r"[/.:#@\s]+")
_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_NAME_KEYS: Final = ("name", "key", "variable", "var")

_LITERAL_KINDS: Final = frozenset({"file", "process"})
"""Kinds whose names may hold any text that the action gave them."""

_MIN_SPREAD: Final = 8
_MAX_SPREAD: Final = 64
"""Secrets that are looked for in the other texts of the action too; more have no reason but to make work."""
_MAX_SIEVED: Final = 256 * 1024
_MIN_WITHIN: Final = 3
_PLAIN: Final = re.compile(r"[A-Za-z_.-]+|\d+")
_STRONG: Final = re.compile(r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])\S+")


class Redactor:
    """Redacts with one key. Holds no state: equal inputs give equal outputs."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def placeholder(self, secret: str) -> str:
        """What stands for a secret; a placeholder stands for itself."""
        if PLACEHOLDER.fullmatch(secret):
            return secret
        raw = hmac.new(self._key, _DOMAIN + secret.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        mark = "_" if _IDENTIFIER.fullmatch(secret) else "-"
        return f"JLSECRET{mark}{base64.b32encode(raw).decode().lower()[:_DIGITS]}"

    def text(self, text: str, effects: Iterable[Effect] = ()) -> str:
        """A text without its secrets. What stands in the name of one of `effects` is needed there, and kept."""
        return str(_Pass(self, lambda: _names_of(effects)).run(text))

    def tree(self, value: Any, effects: Iterable[Effect] = ()) -> Any:  # noqa: ANN401 - JSON
        """Plain JSON data without its secrets: texts, keys, and values under a secret's name."""
        return _Pass(self, lambda: _names_of(effects)).run(value)

    def action(self, action: Action, effects: Iterable[Effect] = ()) -> Action:
        """An action without its secrets: `lower` of it has the same effects, up to their evidence.

        `effects` are those of the action as it came, where they are known: a value on which one depends (a file that
        is called like a password) is then no secret.
        """
        redacted: Action = msgspec.convert(self.tree(msgspec.to_builtins(action), effects), Action)
        return redacted

    def batch(self, trees: Sequence[Any]) -> list[Any]:
        """Trees that belong together, without their secrets: what is a secret in one is a secret in all of them.

        The effects that stand in the trees say which values are needed in names.
        """
        return list(_Pass(self, lambda: _effect_names(trees)).run(list(trees)))


class _Pass:
    """One redaction: the names that effects need, and the secrets that were found, which are replaced everywhere."""

    def __init__(self, redactor: Redactor, names: Callable[[], Iterable[str]]) -> None:
        """`names` is asked once, where something was found: most data has no secret."""
        self._redactor, self._tell_names = redactor, names
        self._work, self._reserve, self._sieved = Work(), RESERVE, 0
        self._spread: dict[str, tuple[re.Pattern[str], str]] = {}

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self._tell_names())

    def run(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        first = self._walk(value)
        return self._replace_known(first) if self._spread else first

    def _walk(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, (dict, list, tuple)) or self._is_harmless(value):
            return value
        return self._dictionary(value) if isinstance(value, dict) else self._list(value)

    def _is_harmless(self, tree: Any) -> bool:  # noqa: ANN401 - JSON
        """Whether nothing in a tree can be replaced, by its JSON form: what a name stands for is in the tree of the name.

        Trees in trees are looked at again and again, so this saves work only within a bound.
        """
        if self._sieved > _MAX_SIEVED:
            return False
        try:
            form = encode(tree)
        except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
            return False  # its texts are looked at one by one
        self._sieved += len(form)
        return not may_hold_secrets(form)

    def _dictionary(self, value: dict[Any, Any]) -> dict[Any, Any]:
        named = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), "")
        return {
            self._walk(key): self._under(named if key == "value" else str(key), item) for key, item in value.items()
        }

    def _list(self, value: Sequence[Any]) -> list[Any]:
        before = ""
        items = []
        for item in value:
            items.append(self._under(before, item))
            before = item if isinstance(item, str) and _NAME.fullmatch(item) else ""
        return items

    def _under(self, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
        """A value that stands under a name: in a dictionary, or behind it in a list of arguments."""
        if not isinstance(value, str) or not name:
            return self._walk(value)
        if name.lower() in _HEADERS:
            prefix = f"{name}: "
            return self._text(prefix + value)[len(prefix) :]
        redacted = self._text(value)
        flag = name.startswith("-") and _PLAIN.fullmatch(value)
        if redacted == value and not flag and secret_name(name) and value_is_secret(name, value):
            return self._placeholder(value, certain=False)
        return redacted

    def _text(self, text: str) -> str:
        try:
            return self._without(text, find_secrets(text, self._work))
        except WorkSpentError:
            return self._head(text)

    def _head(self, text: str) -> str:
        """What is kept of a text in which the work ran out, once for its beginning, then nothing: it was not looked at."""
        work, self._reserve = Work(self._reserve), 0
        head = text[:HEAD]
        try:
            head = self._without(head, find_secrets(head, work))
        except WorkSpentError:
            head = ""
        return cut_text(text, head)

    def _without(self, text: str, found: list[Found]) -> str:
        parts, at = [], 0
        for secret in found:
            parts += [
                text[at : secret.start],
                self._placeholder(text[secret.start : secret.end], certain=secret.certain),
            ]
            at = secret.end
        return "".join([*parts, text[at:]])

    def _placeholder(self, secret: str, *, certain: bool) -> str:
        if not certain and self._needed(secret):
            return secret
        placeholder = self._redactor.placeholder(secret)
        strong = certain or (len(secret) >= _MIN_SPREAD and _STRONG.fullmatch(secret) is not None)
        if strong and len(self._spread) < _MAX_SPREAD:
            self._remember(secret, placeholder)
        return placeholder

    def _needed(self, secret: str) -> bool:
        """Whether an effect is named after this text, so that without it the action would be another one."""
        secret = secret.replace("\\", "").casefold()  # as the shell reads it, and as hosts are written
        if any(part in self._names for part in secret.split("/")):  # a program is named by the end of its path
            return True
        if len(secret) < _MIN_WITHIN:
            return any(secret in _COMPONENTS.split(name) for name in self._names)
        return any(secret in name for name in self._names)

    def _remember(self, secret: str, placeholder: str) -> None:
        """Have a secret replaced wherever it stands as a word of its own, and not as a name that is assigned."""
        self._spread[secret.casefold()] = (
            re.compile(rf"(?<!\w){re.escape(secret)}(?![\w=])", re.IGNORECASE),
            placeholder,
        )

    def _replace_known(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            folded = value.casefold()
            for secret, (pattern, placeholder) in self._spread.items():
                if secret in folded:
                    value = pattern.sub(placeholder, value)
            return value
        if isinstance(value, dict):
            return {self._replace_known(key): self._replace_known(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._replace_known(item) for item in value]
        return value


def _names_of(effects: Iterable[Effect]) -> tuple[str, ...]:
    return tuple(
        name for effect in effects for name in _needed_name(effect.verb, effect.resource.kind, effect.resource.name)
    )


def _effect_names(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The names that the effects in a tree need."""
    if isinstance(value, dict):
        resource = value.get("resource")
        if isinstance(resource, dict) and "verb" in value and isinstance(resource.get("name"), str):
            yield from _needed_name(value["verb"], resource.get("kind"), resource["name"])
            return
        for item in value.values():
            yield from _effect_names(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _effect_names(item)


def _needed_name(verb: object, kind: object, name: str) -> Iterator[str]:
    """An effect's name as far as the effect needs it: an opaque one's is a quotation, and credentials name no host."""
    if verb != "opaque":
        yield name if kind in _LITERAL_KINDS else name.rpartition("@")[2]
