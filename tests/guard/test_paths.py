from __future__ import annotations

import os
import stat

import pytest

from jackline.core.errors import ConfigurationError
from jackline.guard.paths import find_homes, private_directory


def test_the_homes_follow_the_specification():
    homes = find_homes({"HOME": "/h", "XDG_RUNTIME_DIR": "/run/user/1"})
    assert homes == ("/h/.config/jackline", "/h/.local/state/jackline", "/run/user/1/jackline")
    assert homes.socket == "/run/user/1/jackline/guard.sock"


def test_overrides_win():
    names = {"JACKLINE_CONFIG_HOME": "/a", "JACKLINE_STATE_HOME": "/b", "JACKLINE_RUNTIME_DIR": "/c/"}
    assert find_homes({"HOME": "/h", "XDG_STATE_HOME": "/x", **names}) == ("/a", "/b", "/c")


def test_without_a_runtime_directory_there_is_one_of_ours():
    assert find_homes({"HOME": "/h"}).runtime == f"/tmp/jackline-{os.getuid()}"


def test_a_relative_override_was_meant_and_is_wrong():
    with pytest.raises(ConfigurationError, match="absolute"):
        find_homes({"HOME": "/h", "JACKLINE_STATE_HOME": "state"})
    assert find_homes({"HOME": "/h", "XDG_STATE_HOME": "state"}).state == "/h/.local/state/jackline"


def test_a_directory_is_made_for_this_account_alone(tmp_path):
    made = private_directory(str(tmp_path / "a" / "b"))
    assert stat.S_IMODE(os.stat(made).st_mode) == 0o700


def test_one_that_others_could_only_read_is_closed(tmp_path):
    (tmp_path / "a").mkdir(mode=0o755)
    private_directory(str(tmp_path / "a"))
    assert stat.S_IMODE(os.stat(tmp_path / "a").st_mode) == 0o700


def test_one_that_others_could_write_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o777)
    with pytest.raises(ConfigurationError, match="written by others"):
        private_directory(str(tmp_path / "a"))


def test_a_link_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(ConfigurationError, match="link"):
        private_directory(str(tmp_path / "b"))


def test_a_file_is_refused(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(ConfigurationError):
        private_directory(str(tmp_path / "a"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_somebody_elses_is_refused(tmp_path):
    (tmp_path / "a").mkdir(mode=0o700)
    os.chown(tmp_path / "a", 12345, 12345)
    with pytest.raises(ConfigurationError, match="belongs to user 12345"):
        private_directory(str(tmp_path / "a"))
