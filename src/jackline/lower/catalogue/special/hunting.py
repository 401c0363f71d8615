"""grep(1) and ripgrep: what is looked for says what is wanted (`env | grep -i token`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.catalogue.call import Call

_KEYS: Final = late_pattern(
    r"(?i)(?:^|[\W_])(?:(?:api|access|secret|private|auth)[_-]?keys?|keys?|tokens?|secrets?|passw(?:or)?ds?|passwd|pass|pwd|cred(?:ential)?s?"
    r"|(?:aws|openai|anthropic|github|stripe)_?)(?=$|[\W_])"
)
"""What variables with secrets in them are called, as a pattern names them."""
_SILENT: Final = ("-v", "--invert-match", "-c", "--count", "-q", "--quiet", "-l", "-o")
_SECRET: Final[frozenset[Label]] = frozenset({"secret"})


def hunt(call: Call) -> None:
    """Of all variables of the environment, or all that a state file remembers, the secret ones are printed."""
    stdin = call.command.stdin
    of_variables = "secret" in stdin.labels and not stdin.source
    of_state = "state_file" in stdin.labels or "state_file" in call.read_labels()
    if not (of_variables or of_state) or any(call.has(option) for option in _SILENT):
        return
    for given in (*call.values("pattern"), *call.values("regexp")):
        if _KEYS.search(given.prefix):
            call.emit(
                "read",
                "secret",
                "environment/*" if of_variables else "state/*",
                at=call.at(given),
                labels=_SECRET,
                reach=call.scope.reach(),
            )
