"""Perl, Ruby and PHP one-liners: read by their words, for their file, process and network forms.

In: source text. Out: effects of the calls in the language's table (`*.toml`), through a `Scope`. Guaranteed: text that is
only mentioned (a string that no call takes) is nothing; a call whose argument is not a plain text has an effect on
`*`; forms that make code or names at run time are `opaque`; bounded, since the text is read once from left to right.

This is a reading of words, not of syntax: it cannot follow values through variables. A table's call with a variable for
its argument is therefore on anything.
"""
