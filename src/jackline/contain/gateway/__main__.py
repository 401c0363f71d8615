"""`python -m jackline.contain.gateway`: descriptor 3 is the control socket, its end ours."""

from __future__ import annotations

import sys

from jackline.contain.gateway.main import main

if __name__ == "__main__":
    sys.exit(main())
