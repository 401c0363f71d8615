"""crontab(1) and systemctl(1): the commands that a schedule or a unit holds, which run later or at once."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jackline.lower.catalogue.contents import Content
from jackline.lower.catalogue.special.opening import Opened, known_text, not_followed, opened, there
from jackline.lower.catalogue.special.world import World
from jackline.lower.manifests import schedules
from jackline.lower.overlay import authorship_of, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.catalogue.call import Call


def crontab(call: Call) -> None:
    """A new table: each of its commands will run."""
    if any(call.has(option) for option in ("-l", "-r", "-e", "-n", "-T")):
        return
    for version in _tables(call):
        found = schedules.crontab(version.text)
        if found is None:
            not_followed(call, version.path, version.content.authorship)
        _later(call, version, found or [])


def _tables(call: Call) -> Iterator[Opened]:
    given = call.value("file")
    if given is not None and given.text != "-":
        yield from opened(call, call.path(given))
        return
    stdin = call.command.stdin
    if stdin.empty:
        return
    content = Content(pieces(stdin), authorship_of(stdin), fetched=stdin.fetched)
    text = known_text(content)
    if text is None:
        not_followed(call, "crontab", content.authorship)
    else:
        yield Opened("crontab", text, content)


def _later(call: Call, version: Opened, commands: list[str]) -> None:
    """What runs later may run, in the home."""
    scope, cwd = call.scope, call.cwd
    call.scope, call.cwd = scope.possible(), scope.surroundings.home
    world = World(call, version.content.authorship, version.path, version.content.digest)
    try:
        for command in commands:
            world.run((command,))
    finally:
        call.scope, call.cwd = scope, cwd


def units(call: Call) -> None:
    """What the units run that are started or enabled here; the system's own are its own matter."""
    home = call.scope.surroundings.home
    folders = (
        f"{home}/.config/systemd/user",
        f"{home}/.local/share/systemd/user",
        "/etc/systemd/system",
        "/etc/systemd/user",
    )
    for word in call.values("unit"):
        name = word.text
        if name is None:
            continue
        named = name if "." in posixpath.basename(name) else f"{name}.service"
        paths = [call.path(word)] if "/" in name else [posixpath.join(folder, named) for folder in folders]
        for path in [path for path in paths if there(call, path)]:
            for version in opened(call, path):
                _later(call, version, schedules.unit(version.text))
