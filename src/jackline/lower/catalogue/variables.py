"""Environment variables that make a program run something: `LD_PRELOAD`, `GIT_SSH_COMMAND`, `PAGER`.

Only variables that the action itself sets are looked at; what the session started with was there before it.
The table is `data/_variables.toml`: variable → role, for every program or for some.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Final

from jackline.core.packaged import packaged
from jackline.lower.catalogue.grammar import Role, read_role
from jackline.lower.catalogue.roles import apply_role
from jackline.lower.places import file_resource
from jackline.lower.word import Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_EVERY: Final = "every"
_FILE: Final = "_variables.toml"


@cache
def table() -> dict[str, dict[str, Role]]:
    """Program (or `every`) → variable → what its value is."""
    text = packaged("jackline.lower.catalogue", "data", _FILE)
    return {
        program: {variable: read_role(role)[1] for variable, role in roles.items()}
        for program, roles in tomllib.loads(text).items()
    }


def apply_variables(call: Call) -> None:
    """Apply the roles of the variables that were set for this program."""
    if not call.environment:
        return
    _searched(call)
    for name in dict.fromkeys((_EVERY, call.program, call.node.path[0])):
        for variable, role in table().get(name, {}).items():
            given = call.environment.get(variable)
            if given is not None and (given.text != "" or role.kind == "guards"):
                apply_role(call, given, role)
                _absent(call, given, role)


def _searched(call: Call) -> None:
    """A directory that everyone may write to, before all others in `PATH`: what is put there by then is what runs."""
    given = call.environment.get("PATH")
    first = (given.prefix if given is not None else "").partition(":")[0]
    if not first.startswith("/") or first.endswith("/bin") or not call.scope.place.here:
        return
    absent = call.scope.surroundings.file(first).kind == "absent" and call.scope.overlay.find(first) is None
    if given is not None and absent and "temporary" in file_resource(first, call.scope).labels:
        call.scope.opaque(f"programs in {first}", at=call.at(given), authorship="unknown")


def _absent(call: Call, given: Word, role: Role) -> None:
    """A file of code that is not there: who names one means to have it there by then."""
    if role.kind not in {"script", "run-file"} or "/" not in given.prefix or not call.scope.place.here:
        return
    for text in (given.text or "").split(":"):
        path = call.path(Word((text,), given.start, given.end))
        resource = file_resource(path, call.scope)
        missing = call.scope.surroundings.file(path).kind == "absent" and call.scope.overlay.find(path) is None
        if text and missing and (resource.reach != "system" or "temporary" in resource.labels):
            call.scope.opaque(path, at=call.at(given), authorship="unknown")
