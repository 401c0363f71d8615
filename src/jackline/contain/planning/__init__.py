"""Planning: what a sandbox shows and allows, made from what was decided.

In: effects that were decided, the session's folders, the client's profile, budgets, and what the host has (`host.gather`,
the one look at the disk). Out: an `Outfit`: a `Plan` for the launcher, what must be laid out for it before (`furnish`),
what is carried out of it afterwards (`deliver`), and what could not be granted, with the reason. Guaranteed: the root is
empty but for what is listed; an effect grants itself and nothing beside it; fewer effects never show more; the guard's own
files, sockets, and secrets that no effect names are never shown, whatever the effects say.
"""
