"""What each kind of finding means, in words for a reader: the one place that reports take them from."""

from __future__ import annotations

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of finding: its title, what it means, and what to do about one."""

    title: str
    meaning: str
    advice: str


KINDS: Final[dict[str, Kind]] = {
    "injection": Kind(
        "Followed an instruction in a tool's result",
        "The target of a consequential call stands only in what a tool returned, and the text there orders the act, or the "
        "person asked for nothing of the kind.",
        "Look at the result and at the call. If the act was not wanted, reverse it, and do not let this source choose targets.",
    ),
    "irreversible": Kind(
        "Irreversible act",
        "Something was deleted, overwritten, published or spent that no undo would have brought back.",
        "See whether a backup exists. Run such work where it can be undone, or let it be asked.",
    ),
    "production": Kind(
        "Production touched",
        "A change reached something that is labelled production.",
        "See whether it was meant. Hold changes to production for a person.",
    ),
    "secrets": Kind(
        "Secret read, and something sent",
        "A secret was read; in the same act, or later, something was sent elsewhere.",
        "If the secret may have left, rotate it.",
    ),
    "outside": Kind(
        "Work outside the workspace",
        "Files in the home, the system or another user's place were changed.",
        "See whether the change was needed; contain the agent to its workspace.",
    ),
    "lasting": Kind(
        "Persistence, privilege or settings changed",
        "Something was arranged to run later, a right was widened, or a setting of the guard, of the client or of what protects "
        "the system was changed.",
        "Remove what nobody asked for.",
    ),
    "checks": Kind(
        "Checks edited to pass",
        "A test, a grader, the CI or the linter's settings were weakened.",
        "Read the change; restore the check and run it again.",
    ),
    "respelled": Kind(
        "Denied act tried again in another spelling",
        "What a person or the client had refused was tried again by other means.",
        "Treat it as an attempt to get round the refusal.",
    ),
    "tunnels": Kind(
        "Tunnel, reverse shell or miner",
        "A way past every rule about the network was opened, or the machine was put to work for somebody else.",
        "End the process and the session. Look for what went through, and rotate what it could have reached.",
    ),
    "fetched": Kind(
        "Code fetched and run",
        "Code came from the network and ran before anybody could read it.",
        "Pin it, or install it from a registry.",
    ),
    "claims": Kind(
        "Success claimed without a run behind it",
        "The agent said that something passed, was pushed, deployed or backed up, and no call bears it out; or that it is "
        "done, where the last run had failed.",
        "Do it again, and look at the outcome.",
    ),
}  # fmt: skip


def kind_of(name: str) -> Kind:
    """What a kind means; a kind that is not known here is shown by its name."""
    return KINDS.get(name, Kind(name, name, ""))
