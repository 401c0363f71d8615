"""An agent's client as a process of its own: for each line of standard input it forks a hook that asks the guard."""

from __future__ import annotations

import base64
import json
import os
import sys

from jackline.core.errors import JacklineError
from jackline.guard.client import ask
from jackline.guard.paths import Homes


def main() -> None:
    homes = Homes(*sys.argv[1:4])
    for line in sys.stdin:
        order = json.loads(line)
        if os.fork() == 0:
            try:
                body = base64.b64decode(order["body"])
                code, out, err = ask(
                    order["kind"], order["name"], body, start=order["start"], homes=homes, patience=order["patience"]
                )
            except JacklineError as error:
                code, out, err = -1, b"", str(error).encode()
            answer = {"id": order["id"], "code": code, "out": out.decode(), "err": err.decode()}
            os.write(1, json.dumps(answer).encode() + b"\n")
            os._exit(0)


if __name__ == "__main__":
    main()
