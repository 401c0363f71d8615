"""Connecting: the one room that writes a client's configuration, and takes out again what it wrote.

In: a client, a scope, and the programs to write in. Out: files changed, and a journal of what stood there before.
Guaranteed: nothing that the user wrote is lost or reordered; a second `connect` changes nothing; `disconnect` gives the
former bytes back exactly where the file is as we left it, else takes out our entries alone; a file is replaced whole or
not at all, and never through a link that somebody else could have laid.
"""
