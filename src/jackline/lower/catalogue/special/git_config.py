"""git's configuration: keys whose value git runs, whether for one command (`-c KEY=VALUE`) or for all later ones."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.special.git import emit, facts_of
from jackline.lower.files import emit_read, emit_write
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.catalogue.call import Call

_RUNS: Final = re.compile(
    r"^(?:core\.(?:pager|editor|fsmonitor|sshcommand|askpass|gitproxy|alternaterefscommand)|sequence\.editor|pager\..+"
    r"|diff\.external|diff\..+\.(?:command|textconv)|interactive\.difffilter|credential\.(?:.+\.)?helper"
    r"|filter\..+\.(?:clean|smudge|process)|gpg\.(?:.+\.)?program|gpg\.ssh\.defaultkeycommand|merge\..+\.driver"
    r"|(?:mergetool|difftool|guitool|man|browser|web)\..+\.(?:cmd|path)|remote\..+\.(?:uploadpack|receivepack|vcs)"
    r"|uploadpack\.packobjectshook|sendemail\.(?:.+\.)?(?:smtpserver|sendmailcmd|tocmd|cccmd)|instaweb\..+"
    r"|trailer\..+\.(?:cmd|command)|tar\..+\.command|submodule\..+\.update|imap\.tunnel|receive\.procreceiverefs)$"
)
"""Keys whose value is a command (git-config(1))."""
_FOR_LATER: Final = re.compile(
    r"^(?:core\.(?:hookspath|worktree|attributesfile)|init\.templatedir|include\.path|includeif\..+\.path"
    r"|url\..+\.(?:insteadof|pushinsteadof)|http\.(?:.+\.)?proxy|protocol\..+\.allow|safe\.directory)$"
)
"""Keys that change what later commands run or reach."""
_SECURITY: Final = re.compile(
    r"^(?:http\.(?:.+\.)?sslverify|safe\.directory|core\.protect(?:hfs|ntfs)|transfer\.fsckobjects|protocol\..+\.allow)$"
)
_NOT_COMMANDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1", "", "cat", "less", "always", "auto", "never",
                                  "store", "cache", "osxkeychain", "manager", "libsecret", "wincred"})  # fmt: skip


def _key(text: str) -> str:
    """Section and name have no case, the sub-section between them has."""
    section, _, rest = text.partition(".")
    middle, dot, name = rest.rpartition(".")
    return f"{section.lower()}.{middle}{dot}{name.lower()}"


def runs(key: str, value: str | None) -> bool:
    """Whether git runs this key's value."""
    if key.startswith("alias."):
        return value is None or value.startswith("!")
    return bool(_RUNS.match(key)) and (value is None or value.lower() not in _NOT_COMMANDS)


def options(call: Call) -> None:
    """`-c KEY=VALUE` before the command: what git would run is run."""
    for option, values in call.arguments.order:
        for role, given in zip(option.values, values, strict=False):
            if role.kind != "config":
                continue
            name, equals, _ = given.prefix.partition("=")
            if not equals and given.text is None:
                call.scope.opaque(f"git -c {given.shown}", at=call.at(given), authorship="unknown")
            elif equals:
                _apply(call, _key(name), drop(given, len(name) + 1))


def _apply(call: Call, key: str, value: Word) -> None:
    if key.startswith("alias."):
        return
    if runs(key, value.text):
        call.code("shell", _without_mark(value))
    elif key == "core.hookspath":
        call.scope.opaque(f"hooks in {value.shown}", at=call.at(value), authorship=_author(call, value))
    elif key == "include.path":
        call.scope.opaque(f"configuration in {value.shown}", at=call.at(value), authorship=_author(call, value))
    elif key.startswith("protocol.") and key.endswith(".allow"):
        call.emit("configure", "process", "git", at=call.at(value), labels=frozenset({"security_control"}))


def _author(call: Call, value: Word) -> Authorship:
    return call.scope.surroundings.authorship(call.path(value)) if call.scope.place.here else "unknown"


def _without_mark(value: Word) -> Word:
    return drop(value, 1) if value.prefix.startswith("!") else value


def alias(call: Call, name: str) -> Word | None:
    """What an alias stands for: given on the command line, or known from the repository."""
    for given in call.arguments.options.get("c", ()):
        key, equals, _ = given.prefix.partition("=")
        if equals and _key(key) == f"alias.{name}".lower():
            return drop(given, len(key) + 1)
    facts = facts_of(call)
    found = facts.aliases.get(name) if facts is not None else None
    return Word((found,), *call.command.at) if found is not None else None


def run_alias(call: Call) -> bool:
    """Run the alias that the first operand names, if there is one."""
    operands = call.arguments.operands
    value = alias(call, operands[0].text or "") if operands and operands[0].text else None
    if value is None:
        return _set_by_this_action(call)
    text = value.text
    if value.prefix.startswith("!"):
        call.output = call.code("shell", drop(value, 1), tuple(operands[1:]))
    elif text is None:
        call.scope.opaque(f"git alias {operands[0].shown}", at=call.at(operands[0]), authorship="unknown")
    else:
        try:
            words = shlex.split(text)
        except ValueError:
            words = text.split()
        spelled = [Word((word,), *call.at(operands[0])) for word in words]
        call.output = call.run([Word(("git",), *call.at(operands[0])), *spelled, *operands[1:]])
    return True


def _set_by_this_action(call: Call) -> bool:
    """An alias that the action itself may have set a moment ago is not known, and is no program that is absent either."""
    if not any(
        effect.verb == "persist" and effect.resource.kind in {"repository", "file"} for effect in call.scope.effects
    ):
        return False
    call.scope.opaque("a git alias that this action may have set", at=call.command.at, authorship="session")
    return True


def config(call: Call) -> None:
    """Read a setting, or write one: where its value is run later, that persists."""
    words = _words(call)
    reading = any(
        call.has(o)
        for o in ("--get", "--get-all", "--get-regexp", "--get-urlmatch", "-l", "--get-color", "--get-colorbool")
    )
    setting = len(words) > 1 or any(
        call.has(o) for o in ("--unset", "--unset-all", "--add", "--remove-section", "--rename-section", "--edit")
    )
    if reading or not setting:
        _where(call, write=False)
        return
    key = _key(words[0].text or "*") if words else "*"
    value = words[1] if len(words) > 1 else None
    path = _where(call, write=True)
    if value is not None and (words[0].text is None or runs(key, value.text) or _FOR_LATER.match(key)):
        if path:
            call.apply_persist(path)
        else:
            emit(call, "persist", labels=frozenset({"persistence"}))
    if _SECURITY.match(key):
        call.emit("configure", "process", "git", labels=frozenset({"security_control"}))


def _words(call: Call) -> list[Word]:
    """Key and value, also in the newer form `git config set KEY VALUE`."""
    words = list(call.arguments.operands)
    if words and words[0].text in {"set", "unset", "get", "list", "edit", "rename-section", "remove-section"}:
        act = words.pop(0).text
        if act in {"get", "list"}:
            return words[:1]
        return words if len(words) > 1 else [*words, Word(("",))]
    return words


def _where(call: Call, *, write: bool) -> str:
    """The file that is read or written; empty where it is the repository's own."""
    home = call.scope.surroundings.home
    path = ""
    if call.has("--global"):
        path = posixpath.join(home, ".gitconfig")
    elif call.has("--system"):
        path = "/etc/gitconfig"
    elif call.value("file") is not None:
        path = call.path(call.values("file")[-1])
    if not path:
        emit(call, "modify" if write else "read")
    elif write:
        emit_write(path, call.scope, appended=True, at=call.command.at)
    else:
        emit_read(path, call.scope, at=call.command.at)
    return path
