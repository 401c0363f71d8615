"""The shell: an abstract interpreter of what bash (and zsh's common forms) would do with a text.

In: shell text as far as it is known, a `Scope`, and the directory, environment and input that it starts with. Out:
effects through the scope, and what the text would print as far as that is known. The text becomes syntax once
(`parser`), the syntax is run over values that may have holes (`interpreter`), and each simple command ends at a
function, a builtin, a script that is opened, or the catalogue of programs.

Guaranteed: no I/O; the reading of a text is bash's own (the tests hold it against a real bash); a path that may be
taken is run, as `possible`; a value that is not known is a `Hole`, and code with a hole in it is `opaque` beside what
can be read of it; every loop, expansion, recursion and text is bounded, and past a bound the rest is one `opaque`.
"""
