import contextlib
import threading

import pytest

from jackline.contain.keeper.tickets import LIFETIME_SECONDS, MAX_OPEN, Tickets
from jackline.contain.keeper.wire import Grant
from jackline.core.errors import UsageError


def grant(ticket: str) -> Grant:
    return Grant(ticket, "A1", ("true",), "/w")


def test_a_ticket_is_worth_one_program():
    tickets = Tickets()
    tickets.add(grant("a"))
    assert tickets.take("a").action == "A1"
    with pytest.raises(UsageError, match="ask again"):
        tickets.take("a")


def test_what_was_never_granted_is_worth_nothing():
    with pytest.raises(UsageError):
        Tickets().take("a")


def test_an_old_ticket_is_worth_nothing():
    now = 0.0
    tickets = Tickets(lambda: now)
    tickets.add(grant("a"))
    now = LIFETIME_SECONDS
    with pytest.raises(UsageError):
        tickets.take("a")


def test_of_many_who_show_one_ticket_at_once_one_is_first():
    tickets = Tickets()
    tickets.add(grant("a"))
    barrier, taken = threading.Barrier(16), []

    def take() -> None:
        barrier.wait()
        with contextlib.suppress(UsageError):
            taken.append(tickets.take("a"))

    threads = [threading.Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_too_many_tickets_push_out_the_oldest():
    tickets = Tickets()
    for number in range(MAX_OPEN + 1):
        tickets.add(grant(str(number)))
    assert tickets.take(str(MAX_OPEN))
    with pytest.raises(UsageError):
        tickets.take("0")
