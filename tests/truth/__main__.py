"""`python -m tests.truth [FILE…] [-v]`: run the corpus in throw-away rooms, and say how sound and how precise lowering was.

Exit code 1 where something happened that was not predicted, 3 where this machine cannot run it.
"""

from __future__ import annotations

import sys

from tests.truth.corpus import cases
from tests.truth.running import CannotRunError, Outcome, outcomes, summary


def main(arguments: list[str]) -> int:
    """See the module's text."""
    verbose = "-v" in arguments
    files = [one for one in arguments if not one.startswith("-")]
    try:
        found = outcomes([case for case in cases() if not files or case.file in files])
    except CannotRunError as error:
        print(f"cannot run here: {error}", file=sys.stderr)
        return 3
    for one in found:
        for line in told(one, verbose=verbose):
            print(line)
    print(summary(found))
    return 1 if any(one.problems for one in found) else 0


def told(one: Outcome, *, verbose: bool) -> list[str]:
    """What is wrong with a case; with `verbose` what was predicted and did not happen, too."""
    lines = [f"    {problem}" for problem in one.problems]
    lines += [f"    did not happen: {effect}" for effect in one.unhappened] if verbose else []
    return [f"{one.case.file}: {one.case.command!r}", *lines] if lines else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
