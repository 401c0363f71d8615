"""The reference of the command line says what the commands say, and each command is told in one way."""

from __future__ import annotations

import click
import pytest

from jackline.cli.group import commands
from jackline.cli.main import COMMANDS
from tests.docs.reference import TARGET, reference


def test_the_reference_is_what_the_commands_say():
    assert TARGET.read_text() == reference(), "run `make docs`"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_repeats_each_ones_first_sentence(name):
    context = click.Context(commands, info_name="jackline")
    command = commands.get_command(context, name)
    assert command is not None
    assert command.get_short_help_str(200).rstrip(".") == COMMANDS[name].rstrip(".")
