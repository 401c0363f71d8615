"""Containment: the only room that makes namespaces and starts foreign processes.

In: a `Plan`, made from effects that were decided. Out: the program's own output and exit code, and facts. Guaranteed: a
program sees and reaches what its plan lists and nothing else, or it does not start; it does not outlive its session; what
it changes in the workspace is a transaction. docs/containment.md tells how.
"""
