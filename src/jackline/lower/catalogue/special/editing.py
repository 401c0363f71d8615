"""Editors in place whose script leaves nothing: `sed -i d F`, `perl -ni -e '' F`. To the file that is as good as emptying it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.lower.files import emit_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Word

_EVERY_LINE: Final = r"(?:(?:0|1)\s*,\s*\$|/(?:\^|\.|\.\*|\^\.\*|\^\.\*\$|\.\+)?/I?|\$!N)?"
_SED_DELETES: Final = re.compile(
    rf"\s*(?:{_EVERY_LINE}\s*(?:d|\{{\s*d\s*;?\s*\}})|0,\$d|1!d\s*;\s*1d|\$!d\s*;\s*\$d)\s*;?\s*"
)
_SED_EMPTIES: Final = re.compile(rf"\s*{_EVERY_LINE}\s*s(?P<by>[/|#,@!:])\^?\.[*+]\$?(?P=by)(?P=by)[gI1]*\s*;?\s*")
_SED_PRINTS: Final = re.compile(r"[pPaicrRwW=lsxgGH]")
_PRINTING: Final[dict[str, re.Pattern[str]]] = {
    "perl": re.compile(r"print|say|write|STDOUT|select|eof"),
    "ruby": re.compile(r"print|puts|putc|\bp\b|write|<<|display|STDOUT|\$stdout"),
}
_DROPS_ITS_LINE: Final = re.compile(
    r"\s*(?:s(?P<by>[/|#,@!])\^?\.[*+]\$?(?P=by)(?P=by)[gimsx]*|\$_\s*=\s*(?:\"\"|''|q\(\)|undef|nil)|undef\s*\(?\s*\$_\s*\)?)\s*;?\s*"
)
_ACTIONS: Final = re.compile(r"\{[^{}]*\}")
_AWK_PRINTS_NEVER: Final = re.compile(r"\{\s*(?:next\s*;?\s*)?\}")


def in_place(call: Call) -> None:
    """After the operands: each file that is edited in place by a script that lets nothing through loses its content."""
    family = "awk" if "awk" in call.program else "sed" if call.program.endswith("sed") else call.program
    scripts = [given.text for given in _scripts(call)]
    if not scripts or any(text is None for text in scripts):
        return
    if _EMPTIES[family](call, [text for text in scripts if text is not None]):
        for name in ("path", "input"):
            for given in call.operands.get(name, ()):
                emit_write(call.path(given), call.scope, at=call.at(given), emptied=True)


def _scripts(call: Call) -> list[Word]:
    inside = call.arguments.options
    edits = "include" in inside if "awk" in call.program else bool(call.lookup("-i"))
    if not edits:
        return []
    return [*call.operands.get("line", ()), *(word for name in ("-e", "-E") for word in call.lookup(name) or ())]


def _sed(call: Call, scripts: list[str]) -> bool:
    if call.has("-n"):
        return not any(_SED_PRINTS.search(text) for text in scripts)
    return any(_SED_DELETES.fullmatch(text) or _SED_EMPTIES.fullmatch(text) for text in scripts)


def _by_lines(call: Call, scripts: list[str]) -> bool:
    """Perl and ruby: `-n` prints what the code prints, `-p` what it leaves of each line."""
    if call.has("-p"):
        return any(_DROPS_ITS_LINE.fullmatch(text) for text in scripts)
    return call.has("-n") and not any(_PRINTING[call.program].search(text) for text in scripts)


def _awk(_call: Call, scripts: list[str]) -> bool:
    """A program all of whose rules have actions, none of which prints."""
    text = "\n".join(scripts)
    if _AWK_PRINTS_NEVER.match(text.strip()):
        return True
    rules = _ACTIONS.sub("{}", text)
    return (
        "{" in text and "print" not in text and rules.rstrip().endswith("}") and rules.count("{}") == rules.count("{")
    )


_EMPTIES: Final[dict[str, Callable[[Call, list[str]], bool]]] = {
    "sed": _sed,
    "perl": _by_lines,
    "ruby": _by_lines,
    "awk": _awk,
}
