"""Programs in general-purpose languages: one abstract interpreter, told by a `Library` what a language's calls do.

In: a syntax tree in the form of Python's `ast` (other languages are translated into it) and a `Library`. Out: effects of
the calls that the library's table knows, constants folded, functions followed, modules of the workspace opened.
Guaranteed: code that is built at run time and does not fold is `opaque`; a branch that may not be taken is `possible`;
bounded in steps. A call into an installed package that the table does not know runs what is installed, and is no
effect of its own.
"""
