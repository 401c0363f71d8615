"""Lowering: an action's text becomes typed effects.

In: an `Action` and its `Surroundings`. Out: a tuple of `Effect`s, each with the evidence it was read from.
Guaranteed: no I/O, no clock, bounded in steps, depth, bytes and files; what cannot be read is `opaque`, never nothing;
equal actions in equal surroundings give equal effects.
"""
