"""The real gateway in a process of its own, with names of our own: `process.py FILE`, a table of names to addresses in JSON.

It imports Jackline alone, so that it runs against the wheel as well. The file is read for every name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jackline.contain.gateway import dialing, flows
from jackline.contain.gateway.flows import QUIET_SECONDS
from jackline.contain.gateway.main import main


def resolver(file):
    asked = {}

    def addresses(name):
        text = file.read_text()
        table = json.loads(text)
        if name not in table:
            raise OSError(-2, "no such name")
        found = table[name]
        if found and isinstance(found[0], list):  # another answer each time: rebinding
            count = asked[text, name] = asked.get((text, name), -1) + 1
            return found[min(count, len(found) - 1)]
        return found

    return addresses


def redirected(file):
    """Ports below 1024 are the system's: what goes to `name:80` of the outside goes to the port that the table says.
    A silence, too, is as long as it says."""
    connected = dialing._connected

    async def elsewhere(address, port):
        table = json.loads(file.read_text())
        flows.QUIET_SECONDS = table.get(":quiet", QUIET_SECONDS)
        return await connected(address, table.get(f":{port}", port))

    dialing._connected = elsewhere


if __name__ == "__main__":
    redirected(Path(sys.argv[1]))
    sys.exit(main(resolver(Path(sys.argv[1])), (sys.argv[1],)))
