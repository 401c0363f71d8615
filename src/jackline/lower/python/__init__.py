"""Python: programs and one-liners become effects by abstract interpretation of their syntax tree.

In: source text and its arguments. Out: effects of the calls that touch files, processes, the network, databases and
clouds (`calls.toml`), constants folded, functions followed, imports of the workspace opened. Guaranteed: code that is
built at run time and does not fold is `opaque`; a branch that may not be taken is `possible`; bounded in steps. A call
into an installed package that the table does not know runs what is installed, and is no effect of its own.
"""
