"""What each program does, as data: one readable TOML file per tool in `data/`, one engine that reads them.

In: a `Command` (words after the shell's expansion, directory, environment, standard input) and a `Scope`.
Out: effects in the scope, and an `Outcome`: what the program prints as far as that is known.
Guaranteed: no I/O but the catalogue's own files; a program that has no entry is `execute` and `opaque`, a word that
is not known is a path with a known prefix or any option, code is handed to its language or is `opaque`; never nothing.
"""

from jackline.lower.catalogue.command import Command, Outcome
from jackline.lower.catalogue.engine import run_program

__all__ = ["Command", "Outcome", "run_program"]
