"""just's language (just manual, 1.40): recipes with parameters and dependencies, modules, imports, settings, expressions.

In: a justfile's text, the words of the command line, and a `Host` that opens imported files and runs backticks.
Out: what just runs, in order, with holes for what is not known; what is not followed sets `unknown`.
Guaranteed: bounded by the host's steps, never raises anything but the host's own end of bounds.
"""

from jackline.lower.manifests.justfile.plan import Justfile, Run

__all__ = ["Justfile", "Run"]
