"""The keeper: one process per session, between the guard, which decides, and the sandboxes, which do.

In: over one lifeline from the guard, a session to open and grants, each a decided action with a one-use ticket; over the
session's own socket, programs that present a ticket with their standard streams. Out: sandboxes on those streams, exit
codes, and to the guard what was observed. Guaranteed: nothing starts without a ticket, no ticket starts two things, and
when the guard goes, or the keeper, everything in the session ends.
"""
