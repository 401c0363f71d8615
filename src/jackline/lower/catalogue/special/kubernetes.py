"""kubectl(1): commands inside pods, and copies in and out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.lower.scope import Place

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call


def execute(call: Call) -> None:
    """What stands behind `--`, or behind the pod, runs in it."""
    pod = call.value("pod")
    if pod is None:
        return
    name = f"kube/{pod.text or '*'}"
    environment = call.environment_of("infrastructure", name)
    call.emit("execute", "process", name, at=call.at(pod), reach="remote", environment=environment)
    words = list(call.command.words)
    dashes = next((index for index, word in enumerate(words) if word.text == "--"), -1)
    command = words[dashes + 1 :] if dashes >= 0 else call.operands.get("argv", [])
    if command:
        call.output = call.run(
            command, call.inner(place=Place(here=False, name=name, environment=environment, reach="remote"))
        )
    else:
        call.scope.opaque(f"session in {name}", at=call.at(pod), authorship="session")


def copy(call: Call) -> None:
    """`POD:PATH` on one side is inside, a bare path is here."""
    source, target = call.value("source"), call.value("target")
    if source is None or target is None:
        return
    if ":" in target.prefix:
        call.read(source, recursive=True)
        call.emit(
            "modify",
            "infrastructure",
            f"kube/pod/{target.prefix.partition(':')[0]}",
            at=call.at(target),
            reversible="no",
        )
    elif ":" in source.prefix:
        call.write(target, recursive=True)
