"""Wrappers whose command does not simply follow: env(1), flock(1), debuggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from jackline.lower.catalogue.arguments import drop

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call


def env(call: Call) -> None:
    """`NAME=VALUE` words, then a command. `-S LINE` is more of env's own words, options too, before those behind it."""
    words = list(call.operands.get("argv", ()))
    if call.has("-i"):
        call.environment = {}
    while words:
        name, equals, _ = words[0].prefix.partition("=")
        if not equals:
            break
        call.environment[name] = drop(words.pop(0), len(name) + 1)
    line = call.value("split-string")
    if line is not None:
        behind = tuple(call.operands.get("arguments", ()))
        call.output = call.code("shell", replace(line, parts=("env ", *line.parts, ' "$@"')), behind)
    elif words:
        call.output = call.run(words)


def flock(call: Call) -> None:
    """`flock FILE COMMAND…` or `flock FILE -c LINE`."""
    words = call.operands.get("argv", [])
    if words and words[0].text in {"-c", "--command"}:
        for line in words[1:2]:
            call.output = call.code("shell", line)
    elif words:
        call.output = call.run(words)


def debugger(call: Call) -> None:
    """`--args` (gdb) and `--` (lldb) put a command behind the debugger's own options."""
    words = call.command.words
    start = next((index for index, word in enumerate(words) if word.text in {"--args", "-args", "--"}), len(words))
    inner = [*words[start + 1 :]]
    while inner and inner[0].prefix.startswith("-"):
        inner.pop(0)
    if inner:
        call.output = call.run(inner)
    elif not call.command.stdin.empty:
        call.scope.opaque(f"{call.program} commands", at=call.command.at, authorship="session")


def behind_dashes(call: Call) -> None:
    """`guix shell PACKAGES -- COMMAND…`: what stands behind `--` is a command."""
    words = call.command.words
    start = next((index for index, word in enumerate(words) if word.text == "--"), len(words))
    if words[start + 1 :]:
        call.output = call.run(words[start + 1 :])


def nix(call: Call) -> None:
    """`nix develop -c COMMAND…`, `nix shell X -c COMMAND…`: the rest of the words is a command."""
    inside = call.arguments.options.get("c")
    if inside:
        call.output = call.run([inside[-1], *call.operands.get("arguments", [])])


def flatpak_run(call: Call) -> None:
    """An application in its sandbox; `--command` names another program of it."""
    command = call.value("command")
    arguments = call.operands.get("arguments", [])
    app = call.value("app")
    if command is not None:
        call.output = call.run([command, *arguments])
    elif app is not None:
        call.emit("execute", "process", f"flatpak:{app.text or '*'}", at=call.at(app), authorship="installed")
