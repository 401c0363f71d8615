"""The fields of a plan's messages, by number: `planfile.proto`, as Terraform 0.15 to 1.14 and OpenTofu 1.6 to 1.10 have it.

What a plan may hold and is not in these tables makes it unreadable: whatever later versions add. Values of attributes are
in the tables to be skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.planfile.wire import Field

if TYPE_CHECKING:
    from jackline.lower.surroundings import PlanAct

FORMAT: Final = 3
"""The only version of the format since Terraform 0.12."""
REFRESH_ONLY: Final = 2


def _number(name: str) -> Field:
    return Field(name, "number")


def _bytes(name: str) -> Field:
    return Field(name, "bytes")


def _several(name: str) -> Field:
    return Field(name, "bytes", many=True)


def _skipped(name: str) -> Field:
    return Field(name, "bytes", kept=False)


def _all_skipped(name: str) -> Field:
    return Field(name, "bytes", many=True, kept=False)


PLAN: Final = {
    1: _number("version"),
    2: _several("variables"),
    3: _several("resource_changes"),
    4: _several("output_changes"),
    5: _all_skipped("target_addrs"),
    6: _all_skipped("exclude_addrs"),
    13: _bytes("backend"),
    14: _bytes("terraform_version"),
    15: _all_skipped("relevant_attributes"),
    16: _all_skipped("force_replace_addrs"),
    17: _number("ui_mode"),
    18: _all_skipped("resource_drift"),
    19: _all_skipped("check_results"),
    20: _number("errored"),
    21: _skipped("timestamp"),
    22: _all_skipped("function_results"),
    25: _number("applyable"),
    26: _number("complete"),
    27: _all_skipped("deferred_changes"),
    28: _all_skipped("apply_time_variables"),
    29: _bytes("state_store"),
    30: _several("action_invocations"),
    31: _all_skipped("deferred_action_invocations"),
    32: _all_skipped("action_target_addrs"),
}
BACKEND: Final = {1: _bytes("type"), 2: _bytes("config"), 3: _bytes("workspace")}
STATE_STORE: Final = {**BACKEND, 4: _skipped("provider")}
RESOURCE: Final = {
    7: _bytes("deposed_key"),
    8: _bytes("provider"),
    9: _bytes("change"),
    10: _skipped("private"),
    11: _all_skipped("required_replace"),
    12: _number("action_reason"),
    13: _bytes("addr"),
    14: _bytes("prev_run_addr"),
}
ACTION: Final = {
    1: _bytes("addr"),
    2: _bytes("provider"),
    4: _skipped("config_value"),
    5: _all_skipped("sensitive_config_paths"),
    6: _skipped("resource_action_trigger"),
    7: _skipped("invoke_action_trigger"),
}
CHANGE: Final = {
    1: _number("action"),
    2: _all_skipped("values"),
    3: _all_skipped("before_sensitive_paths"),
    4: _all_skipped("after_sensitive_paths"),
    5: _skipped("importing"),
    6: _skipped("generated_config"),
    7: _skipped("before_identity"),
    8: _skipped("after_identity"),
}
CHANGE_OF_FILE: Final = {**CHANGE, 2: _several("values")}
"""The only change whose values are looked at: a file of this machine has its name among them."""
OUTPUT: Final = {1: _bytes("name"), 2: _bytes("change"), 3: _number("sensitive")}
ENTRY: Final = {1: _bytes("key"), 2: _bytes("value")}
"""One pair of a map."""
VALUE: Final = {1: _bytes("msgpack")}

ACTS: Final[dict[int, tuple[PlanAct, ...]]] = {
    0: (),
    1: ("create",),
    2: ("read",),
    3: ("modify",),
    5: ("delete",),
    6: ("delete", "create"),
    7: ("create", "delete"),
    8: ("forget",),
    9: ("create", "forget"),
}
"""`Action` → what is done. OpenTofu's 9 is the opening of an ephemeral value, which no saved plan has: the worse is meant."""
