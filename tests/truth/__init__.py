"""Ground truth: what lowering predicts of a command, held against what the kernel saw the command do.

Each command of `corpus/*.txt` is run once, in a throw-away root without a network, under `strace`; what it did to the
files of its small world is read from the trace and from the file system before and after. *Sound*: everything that
happened had been predicted. *Precise*: what was predicted happened. `python -m tests.truth` prints both.
"""
