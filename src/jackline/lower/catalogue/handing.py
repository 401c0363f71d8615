"""What the words of a program that no entry describes hand on: `cpulimit -l 50 -- rm -rf x`, `cross-env A=b rm -rf x`.

Whether such a program runs them cannot be known, so what they would do is `possible`. Only what is surely a command line
is taken for one: the words behind `--`, or from a word on that names a program by which harm is usually done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.core.effect import ANY, Resource
from jackline.lower.catalogue.store import program
from jackline.lower.places.tables import words
from jackline.lower.scope import MAX_DEPTH

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.catalogue.command import Command
    from jackline.lower.scope import Scope
    from jackline.lower.word import Word

_RUN_BY_OTHERS: Final = words(
    "rm dd shred truncate find kill pkill killall curl wget sh bash zsh dash python python3 node perl ruby git docker kubectl psql "
    "mysql mongosh redis-cli dropdb terraform aws gcloud sudo su doas chmod chown mkfs wipefs systemctl shutdown reboot nc ncat ssh"
)
_LINE: Final = late_pattern(r"(?:sudo\s+)?(?P<name>[a-z0-9-]+)\s+(?:-|\S*/)")
"""A word that is a whole command line: a program with an option or a path behind it."""
_MINING: Final = late_pattern(
    r"(?:^|=)stratum\d?\+?\w*://|^--(?:donate-level|randomx-[a-z]+|mining-threads|coin=(?:monero|xmr))\b"
    r"|(?:^|[=/.@])(?:pool|xmr|eth|mine|mining|[\w-]*(?:minexmr|nanopool|hashvault|unmineable|nicehash|moneroocean))[\w-]*\.[\w.-]+"
    r":(?:3333|4444|5555|7777|9999|14433|14444)$|^--wallet(?:-address)?="
)
_MINER: Final[frozenset[Label]] = frozenset({"miner"})
_LOOKED_AT: Final = 12


def emit_handed_on(command: Command, scope: Scope) -> None:
    """Write, as `possible`, what the command inside an undescribed program's words does."""
    given = command.words[1:]
    start = _start(given)
    if scope.depth >= MAX_DEPTH:
        return
    inner = replace(
        scope.possible(), depth=scope.depth + 1, cwd=command.cwd, environment=command.environment, stdin=command.stdin
    )
    if start is not None:
        inner.languages["command"](given[start], inner, given[start + 1 :])
        return
    for word in given[:_LOOKED_AT]:
        line = _LINE.match(word.text or "")
        if line is not None and line["name"] in _RUN_BY_OTHERS:
            inner.languages["shell"](word, inner, ())


def _start(given: tuple[Word, ...]) -> int | None:
    texts = [word.text for word in given[:_LOOKED_AT]]
    if "--" in texts[:-1]:
        behind = texts.index("--") + 1
        return behind if program(texts[behind] or "") is not None else None
    return next((index for index, text in enumerate(texts) if text in _RUN_BY_OTHERS and index + 1 < len(given)), None)


_MINERS: Final = late_pattern(
    r"xmr-?(?:ig|stak)|monero|cpuminer|cryptonight|minerd\b|ethminer|nbminer|phoenixminer|coinhive|nicehash"
)


def is_miner(name: str) -> bool:
    """Whether an image is called after a miner."""
    return _MINERS.search(name.lower()) is not None


def emit_mining(name: str, given: tuple[Word, ...], scope: Scope, at: tuple[int, int]) -> None:
    """A program that is told a mining pool is a miner, whatever it is called (the Stratum protocol's addresses)."""
    if is_miner(name) or any(_MINING.search(word.prefix) for word in given):
        scope.emit("execute", Resource("process", name, reach=scope.reach(), labels=_MINER), at=at)
        scope.emit("spend", Resource("money", "compute", reach="remote"), at=at, extent=ANY, reversible="no")
