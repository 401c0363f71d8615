"""Python: what its built-ins, its standard library and the usual packages do (`calls.toml`), for `lower.program`.

In: source text and its arguments. Out: effects through a `Scope`. Guaranteed: see `jackline.lower.program`.
"""
