"""Fuzzing of everything that reads hostile bytes: one target for each reader.

`python -m tests.fuzz [TARGET…] --seconds N` (or `make fuzz`) fuzzes, guided by coverage where `atheris` is installed, else by
mutation alone. What it finds goes to `build/fuzz/TARGET/`; a mended case is pinned in `regressions/TARGET/` and runs in
every test run from then on.
"""
