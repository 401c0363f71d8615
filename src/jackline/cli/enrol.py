"""`jackline enrol`."""

from __future__ import annotations

import contextlib
import getpass
import socket

import click

from jackline.cli.output import json_option, line, print_json
from jackline.core.errors import GuardUnreachableError
from jackline.guard import totp
from jackline.guard.client import call
from jackline.guard.paths import find_homes


@click.command("enrol")
@click.argument("factor", type=click.Choice(["totp"]))
@json_option
def command(factor: str, *, as_json: bool) -> None:
    """Enrol a second factor, for approvals of strength 2.

    `totp`: the codes of an authenticator application. Passkeys need a browser, which a terminal is not; they are not
    offered.
    """
    del factor
    address = totp.enrol(find_homes().totp, f"{getpass.getuser()}@{socket.gethostname()}")
    with contextlib.suppress(GuardUnreachableError):  # none runs: the next one reads the file
        call("reload", start=False)
    if as_json:
        print_json({"otpauth": address})
        return
    line("Add this to an authenticator application (as an address, or as a QR code made from it), and keep no copy:")
    line(f"\n  {address}\n")
    line("From now on `jackline approve --code`, `allow` and `pause` take its codes. Each is accepted once.")
