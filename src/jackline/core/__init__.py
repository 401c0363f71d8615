"""The words of Jackline as frozen types: actions, effects, decisions, events, and the errors.

In: nothing. Out: values that every other room speaks in, each with one exact JSON form (`codec`).
Guaranteed: no I/O, no import of any other room, no default that is weaker than "unknown".
"""
