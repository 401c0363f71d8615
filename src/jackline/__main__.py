"""`python -m jackline`: the command line, where no script of that name is on the PATH."""

from __future__ import annotations

from jackline.cli.main import main

if __name__ == "__main__":
    main()
