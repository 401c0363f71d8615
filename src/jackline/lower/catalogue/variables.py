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
    for name in dict.fromkeys((_EVERY, call.program, call.node.path[0])):
        for variable, role in table().get(name, {}).items():
            given = call.environment.get(variable)
            if given is not None and (given.text != "" or role.kind == "guards"):
                apply_role(call, given, role)
