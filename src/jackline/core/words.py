"""The closed vocabularies. A word outside them is an error wherever it is read, never a silent default.

They are `Literal` types over plain strings, not enums: a string compares and hashes in C, and one
decision makes thousands of such comparisons. Each tuple below lists its type's words in order.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Verb = Literal[
    "read", "create", "modify", "delete", "execute", "install", "terminate",
    "connect", "send", "listen", "grant", "persist", "configure", "publish", "spend", "opaque",
]  # fmt: skip
Kind = Literal[
    "file", "table", "endpoint", "process", "package", "repository", "infrastructure", "secret",
    "account", "device", "message", "money", "memory", "agent", "guard",
]  # fmt: skip
Environment = Literal["production", "staging", "development", "unknown"]
Reach = Literal["workspace", "home", "system", "remote"]
Undo = Literal["yes", "with_undo", "no"]
Certainty = Literal["certain", "possible"]
Origin = Literal["user", "trusted", "untrusted", "unknown"]
Authorship = Literal["none", "installed", "committed", "session", "fetched", "unknown"]
Jurisdiction = Literal["none", "eu", "us", "cn", "uk", "other", "unknown"]
Assurance = Literal["hooked", "managed", "contained"]
Verdict = Literal["allow", "ask", "deny"]
Remedy = Literal["contained", "undoable", "rehearsed", "held"]

Label = Literal[
    # What a resource is.
    "secret", "personal", "credential", "irreplaceable", "uncommitted", "unpushed", "untracked",
    "temporary", "cache", "build_output", "own_branch", "default_branch", "fast_forward", "forced",
    "registry", "model_api", "loopback", "private_network", "metadata_service", "body", "upload", "unknown_port",
    "other_user", "root", "boot", "raw_device", "persistence", "shell_startup", "authorized_keys",
    "state_file", "backup", "snapshot", "tunnel", "miner", "security_control", "log",
    "read_only", "dry_run", "rollback", "unbounded", "client_settings", "guard_state", "test", "ci",
    "process_input", "debug", "own_child", "tree", "protected", "approved", "purchase", "message", "package_registry_write",
    "plan_file",
    # What a session has touched; these only grow.
    "untrusted", "injected",
]  # fmt: skip

EventKind = Literal[
    "session_started", "session_ended", "requested", "decided", "started", "observed", "finished",
    "approved", "refused", "held", "released", "claimed", "alerted", "responded", "configured",
    "paused", "anchored", "undone", "phase",
]  # fmt: skip

VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ENVIRONMENTS: Final[tuple[Environment, ...]] = get_args(Environment)
REACHES: Final[tuple[Reach, ...]] = get_args(Reach)
UNDOS: Final[tuple[Undo, ...]] = get_args(Undo)
CERTAINTIES: Final[tuple[Certainty, ...]] = get_args(Certainty)
ORIGINS: Final[tuple[Origin, ...]] = get_args(Origin)
AUTHORSHIPS: Final[tuple[Authorship, ...]] = get_args(Authorship)
JURISDICTIONS: Final[tuple[Jurisdiction, ...]] = get_args(Jurisdiction)
ASSURANCES: Final[tuple[Assurance, ...]] = get_args(Assurance)
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
LABELS: Final[tuple[Label, ...]] = get_args(Label)
EVENT_KINDS: Final[tuple[EventKind, ...]] = get_args(EventKind)

REMEDY_COSTS: Final[dict[Remedy, int]] = {"contained": 1, "undoable": 2, "rehearsed": 4, "held": 8}
"""What each remedy costs in the search for the cheapest; a level of approval costs `APPROVAL_COST`."""

APPROVAL_COST: Final = 16
MAX_APPROVAL: Final = 3
UNBOUNDED: Final = 2**63 - 1
"""How an unbounded extent is written where a number is needed: the largest of Cedar's integers."""

SESSION_LABELS: Final[frozenset[Label]] = frozenset({"secret", "personal", "credential", "untrusted", "injected"})
"""Labels that a session takes on when it reads a resource that bears them."""
