"""The guard: the loop that joins the rooms, and the resident process that runs it.

In: hook calls and commands over one socket, `Action`s from the library. Out: a `Decision`, recorded before it is
answered, and the client's own bytes for it. Guaranteed: one function decides (`Guard.decide`), for every way in; what
cannot be read, decided, recorded or answered does not run, and one sentence says why.
"""
