"""Limits: what a session may use up, and what holds it to that.

In: budgets, and the processes of a session. Out: a `Cage` round them, which measures, freezes, and stops. Guaranteed: what
holds each budget here (cgroup v2, cgroup v1, a process's own limits, or watching alone) is said, never assumed; a budget
that is reached freezes first; what is killed is killed whole, whatever it forked.
"""
