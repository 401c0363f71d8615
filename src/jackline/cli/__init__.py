"""The command line: one file per command, each a thin layer over the guard and the rooms.

In: arguments and standard input. Out: text for people, or with `--json` one JSON value; one sentence on standard error
and the exit code of design §7 when something is wrong; never a stack trace (`JACKLINE_DEBUG=1` shows it).
"""
