"""What the words of a command line say by themselves, where no entry describes them: `frob volume delete x`.

A program that the catalogue does not know is installed software and runs; what it does cannot be read. But command
lines are named after what they do, so a sub-command, an option or a name that says *delete*, *publish* or *send* is
taken at its word: the effect is written as `possible`. The first word that says anything decides, so that
`frob list deleted` and `frob create reset-token` stay what they are.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from jackline.core.deferred import late_pattern
from jackline.core.effect import ANY, Resource
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.core.words import Reach
    from jackline.lower.scope import Scope
    from jackline.lower.word import Word

Act = Literal["delete", "publish", "send", "read", "other"]

_WORDS: Final[dict[Act, frozenset[str]]] = {
    "read": words(
        "list ls lst get show describe status help version info inspect view log logs tail search find whoami plan diff "
        "preview check validate lint test verify explain print cat stat stats top ps history doctor print-config dry-run "
        "dryrun completion docs count ping dump export tree why outdated audit snapshots members browse render synth "
        "emulators query select fmt"
    ),
    "delete": words(
        "delete del destroy drop purge wipe erase terminate remove rm rmi rb rmdir nuke obliterate flush flushall flushdb "
        "truncate shred scrub prune reset uninstall unpublish undeploy deprovision decommission unregister teardown kill "
        "discard abandon evict zap cleanse expunge rollback revoke clear clearall deleteall removeall dropall "
        "emptytrash sanitize revert undo down empty forget dismiss  downgrade deregister unenroll uninstallall dropdb cleardb resetdb"
    ),
    "publish": words("publish deploy release submit promote push upload share broadcast tweet unveil"),
    "send": words("send mail email post notify transfer exfil beam paste"),
    "other": words(
        "create add new init run exec start build install update upgrade edit import set apply make generate gen use login "
        "logout auth config configure open watch serve dev enable fetch pull clone download sync copy convert scan parse "
        "g scaffold compile bench train fit eval analyze report index mount attach connect link save load restore play record"
    ),
}
_ACT_OF: Final[dict[str, Act]] = {word: act for act, words in _WORDS.items() for word in words}
_DESTROYING_NAMES: Final = words(
    "delete destroy wipe erase purge nuke shred scrub wiper eraser deleter destroyer uninstall teardown"
)
"""What a program's own name must say: more of these words are harmless in names (`dropbox`, `format`, `reset`)."""
_LOSING_SCRIPTS: Final = _DESTROYING_NAMES | words("drop truncate reset rollback flush")
_PUBLISHING_SCRIPTS: Final = words("deploy publish")
"""What the name of a project's own script may say."""
_SURE_OPTIONS: Final = words("delete destroy purge wipe erase nuke drop shred zap")
_HERE: Final = words(
    "login logout auth config init dev build watch serve listen open completion configure use test package generate gen "
    "local shell-init doctor link unlink telemetry emulators pack bundle"
)
"""Acts of platforms' command lines that stay on this machine."""
_SWITCHES: Final = words("disable revoke rotate reset grant")
"""What is never only this machine's, whatever stands before it."""
_EMPTIED: Final = words("clear clean flush clobber")
_STORES: Final = words("db dbs database databases volumes")
_MADE_AGAIN: Final = words(
    "cache tmp config route view event optimize optimized assets compiled opcache pool static metadata template"
)
"""What frameworks make again by themselves when it is gone (`cache:clear`, `view:clear`, `tmp:cache:clear`)."""
_VOLUME: Final = late_pattern(r"/dev/|[A-Za-z]:\\?$")
_HELP: Final = frozenset({"--help", "-h", "--version", "-V", "--dry-run", "--dryrun", "--check", "--whatif", "-whatif"})
_WORD: Final = late_pattern(r"[A-Za-z][A-Za-z0-9:_.-]*")
_PIECES: Final = late_pattern(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LOOKED_AT: Final = 4
"""Words from the front that may name an act: behind them stand names of things."""
_LONGEST: Final = 40


@lru_cache(maxsize=4096)
def act_of(text: str) -> Act | None:
    """The act that one word names: `delete`, `db:drop`, `delete-all`, `DeleteInstance`; None where it names none."""
    if len(text) > _LONGEST or not _WORD.fullmatch(text):
        return None
    found = _ACT_OF.get(text.lower())
    if found is not None:
        return found
    tail = text.rpartition(":")[2]
    if tail != text:  # TOPIC:ACT
        if tail in _EMPTIED and set(text.lower().split(":")[:-1]) <= _MADE_AGAIN:
            return "other"
        head = text.partition(":")[0].lower()
        if head in _EMPTIED and tail in _MADE_AGAIN:
            return "other"
        return (
            (act_of(tail) if tail else None) or _losing_topic(text) or _ACT_OF.get(head)
        )  # ACT:TOPIC, as `make:model`, `deploy:staging`
    tail = text.rpartition(".")[2]
    if tail != text:  # TOPIC.ACT, or a file
        named = _ACT_OF.get(tail.lower())
        return named if named in {"delete", "publish"} else None
    pieces = [piece.lower() for piece in _PIECES.findall(text)]
    if _STORES.intersection(pieces) and _EMPTIED.intersection(pieces):  # `clean-db`
        return "delete"
    return (_ACT_OF.get(pieces[0]) or _ACT_OF.get(pieces[-1])) if len(pieces) > 1 else None


def _losing_topic(text: str) -> Act | None:
    """`db:migrate:undo:all`: an act before the last piece counts where it loses something."""
    return "delete" if any(_ACT_OF.get(piece) == "delete" for piece in text.lower().split(":")[1:-1]) else None


def named_act(program: str, given: Sequence[Word]) -> tuple[Act, Word | None] | None:
    """The act that a program's words name, and the word that does; None where none does."""
    texts = [word.text for word in given]
    if any(text in _HELP for text in texts):
        return "read", None
    seen = 0
    for word, text in zip(given, texts, strict=True):
        if text is None or seen >= _LOOKED_AT:
            break
        if text.startswith("-"):
            option = text.strip("-").partition("=")[0].lower()
            if option in _SURE_OPTIONS or option.split("-")[0] in _SURE_OPTIONS:
                return "delete", word
            continue
        seen += 1
        act = act_of(text)
        if text.lower() == "format":  # of source files, but for disks
            return ("delete", word) if any(_VOLUME.match(other or "") for other in texts) else ("other", None)
        if act is not None and act != "other":
            return act, word
        if act == "other" or not (_WORD.fullmatch(text) or "://" in text):
            break
    if not set(re.split(r"[^a-z]+", program.lower())).isdisjoint(_DESTROYING_NAMES):
        return "delete", None
    return None


def _stays_here(given: Sequence[Word]) -> bool:
    """`login`, `config list`; but not `auth disable`."""
    texts = [word.text or "" for word in given[:2]]
    return bool(texts) and texts[0].partition(":")[0] in _HERE and texts[-1] not in _SWITCHES


def emit_absent(path: str, given: Sequence[Word], scope: Scope, at: tuple[int, int]) -> None:
    """A script that is known not to be there runs nothing yet: what its name and the words behind it say is written."""
    if not scope.place.here or "*" in path or scope.overlay.find(path) is not None:
        return
    if scope.surroundings.file(path).kind != "absent":
        return
    name = posixpath.basename(path)
    said = {piece.lower() for piece in _PIECES.findall(name.partition(".")[0])}
    if said & _LOSING_SCRIPTS and not said & _MADE_AGAIN:
        resource = Resource("infrastructure", name, reach="remote")
        scope.possible().emit("delete", resource, at=at, extent=ANY, reversible="no")
    elif said & _PUBLISHING_SCRIPTS:
        scope.possible().emit("publish", Resource("infrastructure", name, reach="remote"), at=at, reversible="no")
    else:
        emit_acts(name, given, scope, at)


def emit_acts(
    program: str, given: Sequence[Word], scope: Scope, at: tuple[int, int], *, changing: bool = False
) -> None:
    """Write, as `possible`, the effect that the words of an undescribed command name.

    `changing`: what they do not call reading, or an act on this machine alone, changes what the program manages.
    """
    act, bearer = named_act(program, given) or ("other", None)
    where = (bearer.start, bearer.end) if bearer is not None and bearer.end > bearer.start else at
    shown = "/".join(
        [program, *(word.text or "*" for word in given[:_LOOKED_AT] if not (word.text or "").startswith("-"))]
    )
    reach: Reach = "remote"
    scope = scope.possible()
    if act == "delete":
        scope.emit("delete", Resource("infrastructure", shown, reach=reach), at=where, extent=ANY, reversible="no")
    elif act == "publish":
        scope.emit("publish", Resource("infrastructure", shown, reach=reach), at=where, reversible="no")
    elif act == "send":
        scope.emit("send", Resource("message", program, reach=reach), at=where, reversible="no")
    elif act == "read" and changing:
        scope.emit("read", Resource("infrastructure", shown, reach=reach), at=where)
    elif changing and not _stays_here(given):
        scope.emit("modify", Resource("infrastructure", shown, reach=reach), at=where, reversible="no")
