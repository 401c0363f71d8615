"""What the guard does for actions that run in sandboxes: it decides them, hands out one-use tickets, and records what came
of them.

In: the command line's `run` and `exec`, a client's calls from inside, and what keepers report. Out: tickets, and entries of
the ledger in the order request, decision, start, facts, end. Guaranteed: no ticket without a recorded decision; a session's
own door answers that session and nothing else; a keeper that dies takes its session down and the ledger says so.
"""
