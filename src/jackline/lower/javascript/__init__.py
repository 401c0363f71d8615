"""JavaScript and TypeScript: translated into the tree of `lower.program`, with what Node's and others' calls do.

In: source text and its arguments. Out: effects through a `Scope`. Guaranteed: see `jackline.lower.program`; a form that
the translation does not know is walked for the calls in it, and text that does not parse is `opaque`.
"""
