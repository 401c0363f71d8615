"""R, Julia, Lua and other languages that agents use in one line: read as far as every name in the code is known.

In: source text. Out: effects of the calls in the language's table (`*.toml`), through a `Scope`. Guaranteed: a call of a name
that is in no table, a name that the table calls dangerous, a text into which code is filled, and quotes that do not match
are `opaque` with the authorship of the code; so only what is made of known names alone has no effect. Bounded: the text is
read once from left to right, a file that is included is opened as any script is.
"""
