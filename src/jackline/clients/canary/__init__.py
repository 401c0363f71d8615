"""The canary: a real client is made to ask for one harmless call that no policy allows, and must not get it.

In: a client's program and a copy of its settings. Out: whether its calls go through the guard, whether a denial stops
them, and whether a guard that does not answer stops them too. Guaranteed: no model, no account and no network are used
(a small scripted model answers on the loopback); the client's own sessions and credentials are not read or written; the
call that must fail would make one empty file in our own state folder.

This is the one place outside `contain` that starts a foreign program: what is to be proved is that very program.
"""
