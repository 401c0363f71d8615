"""Jackline: the safety line for autonomous AI agents.

`Guard`, `Action`, `Effect`, `Decision` and `guard.decide(action)` are the library; all else is private.
"""
