"""Settings and policies: what is in force, what is wrong with them, and what stays in force meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jackline.core.action import Action
from jackline.core.errors import ConfigurationError
from jackline.guard.configuration import DEFAULTS, read_settings
from jackline.guard.deciding import Guard
from jackline.guard.eyes import Eyes
from jackline.guard.paths import Homes
from jackline.guard.policies import PolicyShelf
from jackline.policy import shipped

EVERYTHING = "permit (principal, action, resource);\n"
NOTHING_TO_READ = '@id("no-reading") forbid (principal, action == Action::"read", resource);\n'
WRONG = "permit (principal, action, resource) when { nonsense };\n"


@pytest.fixture
def homes(tmp_path):
    found = Homes(str(tmp_path / "c"), str(tmp_path / "s"), str(tmp_path / "r"))
    os.makedirs(found.config, 0o700)
    return found


def write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def verdict(shelf, homes, cwd, command="ls"):
    guard = Guard(shelf, Eyes(homes))
    return guard.decide(Action(tool="shell", arguments={"command": command}, cwd=str(cwd)), record=False).verdict


def test_absent_files_are_the_defaults(homes):
    assert read_settings(homes) == DEFAULTS


@pytest.mark.parametrize(
    "text",
    [
        "policy = 3",
        "nonsense = 1",
        "[approvals]\nwait_seconds = -1",
        "[approvals]\nwait_seconds = 1e9",
        "[",
        "a = \xff",
        "policy = 'x'\npolicy = 'y'",
    ],
)
def test_wrong_settings_name_the_file(homes, text):
    write(homes.settings, text)
    with pytest.raises(ConfigurationError, match="config"):
        read_settings(homes)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_what_is_shipped_loads(homes, name):
    write(homes.settings, f'policy = "{name}"')
    shelf = PolicyShelf(homes)
    assert shelf.trouble == ""
    assert shelf.digest


def test_a_policy_that_is_nowhere_denies_everything_and_says_so(homes, tmp_path):
    write(homes.settings, 'policy = "mine.cedar"')
    shelf = PolicyShelf(homes)
    assert "neither shipped" in shelf.trouble
    with pytest.raises(ConfigurationError, match="no policy is in force"):
        shelf.at(str(tmp_path))
    assert verdict(shelf, homes, tmp_path) == "deny"


def test_a_wrong_text_is_told_with_its_line(homes):
    write(homes.settings, 'policy = "mine.cedar"')
    write(f"{homes.config}/mine.cedar", EVERYTHING + WRONG)
    assert "line 2" in PolicyShelf(homes).trouble


def test_an_empty_policy_permits_nothing(homes, tmp_path):
    write(homes.settings, 'policy = "mine.cedar"')
    write(f"{homes.config}/mine.cedar", "")
    assert verdict(PolicyShelf(homes), homes, tmp_path) == "deny"


def test_a_reload_with_a_wrong_file_keeps_what_was_in_force(homes, tmp_path):
    shelf = PolicyShelf(homes)
    before = shelf.digest
    write(homes.grants, WRONG)
    assert not shelf.reload()
    assert shelf.trouble
    assert shelf.digest == before
    assert verdict(shelf, homes, tmp_path) == "allow"
    write(homes.grants, EVERYTHING)
    assert shelf.reload()
    assert shelf.trouble == ""
    assert shelf.digest != before


def test_a_projects_policy_tightens(homes, tmp_path):
    project = tmp_path / "project"
    write(project / ".jackline" / "policy.cedar", NOTHING_TO_READ)
    shelf = PolicyShelf(homes)
    assert verdict(shelf, homes, project) == "deny"
    assert verdict(shelf, homes, tmp_path) == "allow"


def test_a_projects_policy_cannot_loosen(homes, tmp_path):
    project = tmp_path / "project"
    write(project / ".jackline" / "policy.cedar", EVERYTHING)
    assert verdict(PolicyShelf(homes), homes, project, "rm -rf /") == "deny"


def test_a_projects_policy_is_read_again_when_it_changes(homes, tmp_path):
    place = tmp_path / "project" / ".jackline" / "policy.cedar"
    write(place, EVERYTHING)
    shelf = PolicyShelf(homes)
    assert verdict(shelf, homes, tmp_path / "project") == "allow"
    write(place, NOTHING_TO_READ)
    assert verdict(shelf, homes, tmp_path / "project") == "deny"
    place.unlink()
    assert verdict(shelf, homes, tmp_path / "project") == "allow"


def test_a_projects_wrong_policy_denies_until_one_was_right(homes, tmp_path):
    place = tmp_path / "project" / ".jackline" / "policy.cedar"
    write(place, WRONG)
    shelf = PolicyShelf(homes)
    assert verdict(shelf, homes, tmp_path / "project") == "deny"
    assert "nonsense" in shelf.trouble
    write(place, EVERYTHING)
    assert verdict(shelf, homes, tmp_path / "project") == "allow"
    write(place, WRONG + "\n")
    assert verdict(shelf, homes, tmp_path / "project") == "allow"


def test_phases_are_declared_in_a_file_of_their_own(homes):
    write(homes.settings, 'phases = "phases.toml"')
    shelf = PolicyShelf(homes)
    assert "does not exist" in shelf.trouble
    write(f"{homes.config}/phases.toml", 'start = "plan"\nphases = ["plan", "apply"]\n')
    assert shelf.reload()
    assert shelf.phases.words == ("plan", "apply")
