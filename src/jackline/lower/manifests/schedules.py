"""What is run later: crontab(5) and systemd units (systemd.service(5))."""

from __future__ import annotations

import re
from typing import Final

MAX_COMMANDS: Final = 200
_ENTRY: Final = re.compile(r"\s*(?:@\w+|(?:[\d*,/A-Za-z~#?LW-]+\s+){4}[\d*,/A-Za-z~#?LW-]+)\s+(.+)")
_ASSIGNMENT: Final = re.compile(r"\s*[\"']?([A-Za-z_]\w*)[\"']?\s*=\s*(.*)")
_EXEC: Final = re.compile(r"\s*Exec(?:Start|StartPre|StartPost|Stop|StopPost|Reload|Condition)\s*=\s*(.*)")


def crontab(text: str, *, system: bool = False) -> list[str] | None:
    """The commands of a crontab (`system`: with a user before each); None where a line is neither entry nor assignment."""
    found: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#") or _ASSIGNMENT.fullmatch(line):
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None or len(found) >= MAX_COMMANDS:
            return None
        command = entry[1].partition(" ")[2] if system else entry[1]
        found.append(re.sub(r"\\%", "%", re.split(r"(?<!\\)%", command)[0]))
    return found


def unit(text: str) -> list[str]:
    """The commands of a unit's `Exec…=` lines, without the prefixes that say how they are run."""
    whole = re.sub(r"\s*\\\n\s*", " ", text)
    found = [
        match[1].strip().lstrip("@-:+!|") for line in whole.splitlines() if (match := _EXEC.fullmatch(line)) is not None
    ]
    return [re.sub(r"%%", "%", command) for command in found if command][:MAX_COMMANDS]
