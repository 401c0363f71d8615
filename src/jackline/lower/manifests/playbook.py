"""Ansible playbooks (ansible-playbook(1), "Playbook Keywords"): plays and the command lines of their tasks."""

from __future__ import annotations

from typing import Any, Final

from jackline.core.inner import Inner
from jackline.lower.manifests.yamldoc import document, listing, mapping

MAX_TASKS: Final = 300
_MAX_DEPTH: Final = 8
_COMMANDS: Final = frozenset({"command", "shell", "raw"})
_BLOCKS: Final = ("block", "rescue", "always")
_SECTIONS: Final = ("pre_tasks", "tasks", "post_tasks", "handlers")


class Task(Inner):
    """A command line, and whether it runs on this machine. An empty one is a task of another module."""

    code: str = ""
    here: bool = False


def tasks(text: str) -> tuple[list[Task], bool] | None:
    """The tasks of all plays, and whether all stands in this file (no roles, no imports); None where it is no playbook."""
    plays = document(text)
    if not isinstance(plays, list):
        return None
    found: list[Task] = []
    complete = True
    for play in plays:
        table = mapping(play)
        here = table.get("connection") == "local" or table.get("hosts") in {"localhost", "127.0.0.1"}
        complete &= "hosts" in table and "roles" not in table
        for section in _SECTIONS:
            complete &= _tasks(table.get(section), found, depth=0, here=here)
    return found, complete and len(found) <= MAX_TASKS


def _tasks(value: Any, found: list[Task], *, depth: int, here: bool) -> bool:  # noqa: ANN401 - YAML
    complete = True
    for item in listing(value):
        task = mapping(item)
        local = here or task.get("delegate_to") in {"localhost", "127.0.0.1"} or "local_action" in task
        if depth > _MAX_DEPTH or len(found) > MAX_TASKS:
            return False
        blocks = [name for name in _BLOCKS if name in task]
        for name in blocks:
            complete &= _tasks(task[name], found, depth=depth + 1, here=local)
        if not blocks:
            found.append(Task(_command(task), local))
        complete &= not any(key.rpartition(".")[2].startswith(("include", "import")) for key in task)
    return complete


def _command(task: dict[str, Any]) -> str:
    for key, value in task.items():
        name = key.rpartition(".")[2]
        if name in _COMMANDS:
            table = mapping(value)
            argv = table.get("argv")
            words = " ".join(str(word) for word in argv) if isinstance(argv, list) else table.get("cmd", value)
            return words if isinstance(words, str) else ""
        if name == "local_action" and isinstance(value, str):
            module, _, rest = value.partition(" ")
            return rest if module.rpartition(".")[2] in _COMMANDS else ""
    return ""
