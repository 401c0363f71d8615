"""The real gateway in a process of its own, with names of our own: `process.py JSON`, a table of names to addresses.

It imports Jackline alone, so that it runs against the wheel as well.
"""

from __future__ import annotations

import json
import sys

from jackline.contain.gateway.main import main


def resolver(table):
    def addresses(name):
        if name not in table:
            raise OSError(-2, "no such name")
        found = table[name]
        if found and isinstance(found[0], list):  # another answer each time: rebinding
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    return addresses


if __name__ == "__main__":
    sys.exit(main(resolver(json.loads(sys.argv[1]))))
