from __future__ import annotations

import base64
import os
import stat

import pytest

from jackline.core.errors import ConfigurationError, UsageError
from jackline.guard.totp import (
    LOCK_SECONDS,
    MAX_FAILURES,
    STEP_SECONDS,
    Enrolment,
    SecondFactorError,
    _load,
    check,
    code_at,
    enrol,
)

RFC_SECRET = b"12345678901234567890"
NOW = 1_800_000_000


@pytest.mark.parametrize(  # RFC 6238, appendix B: the last six of the eight digits
    ("time", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_the_rfc(time, code):
    assert code_at(RFC_SECRET, time // STEP_SECONDS) == code


@pytest.fixture
def enrolled(tmp_path):
    path = str(tmp_path / "config" / "totp.json")
    address = enrol(path, "a b")
    assert address.startswith("otpauth://totp/Jackline:a%20b?secret=")
    return path


def code(path, now):
    return code_at(base64.b32decode(_load(path).secret), now // STEP_SECONDS)


def test_a_code_is_accepted_once(enrolled):
    given = code(enrolled, NOW)
    check(enrolled, given, NOW)
    with pytest.raises(SecondFactorError):
        check(enrolled, given, NOW)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(enrolled, steps):
    check(enrolled, code(enrolled, NOW + steps * STEP_SECONDS), NOW)


@pytest.mark.parametrize("steps", [-2, 2])
def test_and_no_more(enrolled, steps):
    with pytest.raises(SecondFactorError):
        check(enrolled, code(enrolled, NOW + steps * STEP_SECONDS), NOW)


def test_a_code_from_before_the_last_one_is_refused(enrolled):
    check(enrolled, code(enrolled, NOW), NOW)
    with pytest.raises(SecondFactorError):
        check(enrolled, code(enrolled, NOW - STEP_SECONDS), NOW)


def test_guessing_is_stopped_and_a_restart_does_not_help(enrolled):
    for _ in range(MAX_FAILURES):
        with pytest.raises(SecondFactorError):
            check(enrolled, "000000x", NOW)
    with pytest.raises(SecondFactorError, match="in a row"):
        check(enrolled, code(enrolled, NOW), NOW)
    later = NOW + LOCK_SECONDS
    check(enrolled, code(enrolled, later), later)


def test_the_secret_is_for_this_account_alone(enrolled):
    assert stat.S_IMODE(os.stat(enrolled).st_mode) == 0o600
    os.chmod(enrolled, 0o644)
    with pytest.raises(ConfigurationError, match="read by others"):
        check(enrolled, "000000", NOW)


def test_enrolling_twice_needs_a_hand(enrolled):
    with pytest.raises(UsageError):
        enrol(enrolled, "a")


def test_nothing_enrolled_and_a_damaged_file(tmp_path, enrolled):
    with pytest.raises(UsageError, match="jackline enrol totp"):
        check(str(tmp_path / "none.json"), "000000", NOW)
    with open(enrolled, "w") as file:
        file.write("{")
    with pytest.raises(ConfigurationError, match="damaged"):
        check(enrolled, "000000", NOW)


def test_an_enrolment_is_what_the_file_says(enrolled):
    assert isinstance(_load(enrolled), Enrolment)


@pytest.mark.parametrize("given", ["", "１２３４５６", "12345", "1234567", "abcdef", "\0" * 6])
def test_odd_codes_are_wrong_codes(enrolled, given):
    with pytest.raises(SecondFactorError):
        check(enrolled, given, NOW)
