"""Where `jackline-guard` begins: with no search for garbage, until the guard listens.

What is imported and loaded stays, so each search would look at all of it in vain: a tenth of a start (measured). This
file therefore imports nothing of ours before it has switched the searches off.
"""

from __future__ import annotations

import gc
import importlib


def main() -> None:
    """The console entry point; the arguments are those of `jackline.guard.main`."""
    gc.disable()
    importlib.import_module("jackline.guard.main").main()


if __name__ == "__main__":
    main()
