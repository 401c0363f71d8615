"""GNU make's language, as far as a project's Makefiles use it (GNU make manual, 4.4).

In: a Makefile's text, goals, variables of the command line, and a `Host` that opens included files and runs `$(shell …)`.
Out: the recipe lines that make runs, in order, with holes for what is not known; what is not followed sets `unknown`.
Guaranteed: bounded by the host's steps, never raises anything but the host's own end of bounds.
"""

from jackline.lower.manifests.makefile.plan import Line, Plan

__all__ = ["Line", "Plan"]
