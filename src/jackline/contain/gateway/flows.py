"""What is known of one action on the network: its answers, its names, its open flows, and what they have used up.

No sockets here. A `Flow` is told what passed; it says when it is over its limits, and what its shape is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from jackline.contain.gateway.messages import Alert, Answer, Closed, Limits, Message, Opened, Refused, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.contain.gateway.messages import AlertKind, Ask, Cause, Via

QUIET_SECONDS: Final = 1.0
"""A silence after which whoever speaks first has the word."""
INVERTED_BYTES: Final = 100
"""What an answer of the inside is at least: a frame that acknowledges (HTTP/2 PING, WINDOW_UPDATE) within TLS is smaller."""
INVERTED_TURNS: Final = 5
"""So many turns that the outside began and the inside answered, and it is the outside that asks: a reverse tunnel."""
MAX_ANSWERS: Final = 10_000
REFUSALS_PER_MINUTE: Final = 200
"""That are told one by one: a log that can be flooded is a place to hide."""
_MINUTE: Final = 60.0
_FIRST_ADDRESS: Final = int(IPv4Address("198.18.0.1"))
_WORDS: Final[dict[str, str]] = {
    "flows": "too many connections at a time",
    "opened": "too many connections in all",
    "opened_per_minute": "too many connections in a minute",
    "sent_total": "all that this action may send has been sent",
    "received_total": "all that this action may receive has been received",
}
_SESSION_WORDS: Final[dict[str, str]] = {
    "flows": "too many connections of this session at a time",
    "opened": "this session may open no more connections",
    "sent": "all that this session may send has been sent",
    "received": "all that this session may receive has been received",
}


class Cut(Exception):  # noqa: N818 - no error: a flow's end, on its way out of what serves it
    """A flow is to end now, and why."""

    def __init__(self, cause: Cause, text: str) -> None:
        super().__init__(text)
        self.cause, self.text = cause, text


@dataclass(slots=True)
class Pace:
    """Bytes over time; `wait` is the seconds for which nothing more may pass after these."""

    per_second: int
    free_at: float = 0.0

    def wait(self, count: int, now: float) -> float:
        """A burst of a quarter of a second is free."""
        self.free_at = max(self.free_at, now - 0.25) + count / self.per_second
        return max(0.0, self.free_at - now)


@dataclass(slots=True)
class Totals:
    """What all actions of a session have used up together."""

    limits: Session = field(default_factory=Session)
    flows: int = 0
    opened: int = 0
    sent: int = 0
    received: int = 0

    def spent(self) -> str:
        """Words for the limit that forbids another flow; empty while none does."""
        for name, words in _SESSION_WORDS.items():
            limit = getattr(self.limits, name)
            if limit is not None and getattr(self, name) >= limit:
                return words
        return ""

    def over(self) -> str:
        """Words for a limit on bytes that has been passed."""
        limits = self.limits
        if limits.sent is not None and self.sent > limits.sent:
            return _SESSION_WORDS["sent"]
        if limits.received is not None and self.received > limits.received:
            return _SESSION_WORDS["received"]
        return ""


@dataclass(slots=True)
class Action:
    """One action's network. `report` sends a message to the keeper; `clock` is monotonic, in seconds."""

    name: str
    limits: Limits
    report: Callable[[Message], None]
    clock: Callable[[], float]
    totals: Totals = field(default_factory=Totals)
    flows: dict[int, Flow] = field(default_factory=dict)
    opened: int = 0
    sent: int = 0
    received: int = 0
    answers: dict[tuple[str, ...], Answer] = field(default_factory=dict)
    addresses: dict[str, IPv4Address] = field(default_factory=dict)
    names: dict[IPv4Address, str] = field(default_factory=dict)
    minute: float = float("-inf")
    in_minute: int = 0
    warned: set[AlertKind] = field(default_factory=set)
    _refused_since: float = float("-inf")
    _refused_count: int = 0
    _dropped: int = 0

    # ----------------------------------------------------------------------------------------------------- answers
    def known(self, ask: Ask) -> Answer | None:
        """An answer that was given before and covers this, too."""
        endpoint = (ask.via, ask.host, str(ask.port), "body" if ask.body else "")
        return self.answers.get(endpoint) or self.answers.get((*endpoint, ask.method))

    def learn(self, ask: Ask, answer: Answer) -> None:
        """Keep an answer for as much as it covers. One that lets a body out covers what has none; not the other way."""
        if answer.covers == "request" or len(self.answers) >= MAX_ANSWERS:
            return
        key = (ask.via, ask.host, str(ask.port), "body" if ask.body else "")
        self.answers[key if answer.covers == "endpoint" else (*key, ask.method)] = answer

    # ------------------------------------------------------------------------------------------------------- names
    def address_of(self, name: str) -> IPv4Address | None:
        """The address that stands for a name inside; None where there are too many names."""
        if name not in self.addresses:
            if len(self.addresses) >= self.limits.names:
                return None
            address = IPv4Address(_FIRST_ADDRESS + len(self.addresses))
            self.addresses[name], self.names[address] = address, name
        return self.addresses[name]

    # ------------------------------------------------------------------------------------------------------- flows
    def spent(self) -> str:
        """Words for the limit that forbids another flow; empty while none does."""
        limits, now = self.limits, self.clock()
        if now - self.minute >= _MINUTE:
            self.minute, self.in_minute = now, 0
        reached = {
            "flows": len(self.flows) >= limits.flows,
            "opened": self.opened >= limits.opened,
            "opened_per_minute": self.in_minute >= limits.opened_per_minute,
            "sent_total": limits.sent_total is not None and self.sent >= limits.sent_total,
            "received_total": limits.received_total is not None and self.received >= limits.received_total,
        }
        return next((_WORDS[name] for name, over in reached.items() if over), "") or self.totals.spent()

    def open(self, number: int, ask: Ask, answer: Answer, address: str) -> Flow:
        """A new flow, reported."""
        self.opened += 1
        self.in_minute += 1
        self.totals.opened += 1
        self.totals.flows += 1
        flow = Flow(number, self, ask.host, ask.port, answer, began=self.clock())
        self.flows[number] = flow
        self.report(Opened(number, self.name, ask.via, ask.host, ask.port, address))
        return flow

    def alert(self, kind: AlertKind, host: str, port: int, text: str) -> None:
        """Tell the keeper of something that an honest program does not do; a flood, once."""
        if kind == "flood":
            if kind in self.warned:
                return
            self.warned.add(kind)
        self.report(Alert(self.name, kind, host, port, text))

    def refused(self, ask: Ask | None, text: str, via: Via = "raw") -> None:
        """Tell the keeper what was tried in vain; of very many in a minute only how many they were."""
        now = self.clock()
        if now - self._refused_since >= _MINUTE:
            self._told_dropped()
            self._refused_since, self._refused_count = now, 0
        self._refused_count += 1
        if self._refused_count > REFUSALS_PER_MINUTE:
            self._dropped += 1
            if self._dropped == 1:
                self.report(
                    Alert(self.name, "flood", "", 0, "refusals follow each other too fast to be told one by one")
                )
        elif ask is None:
            self.report(Refused(self.name, via, "", 0, text))
        else:
            self.report(Refused(self.name, ask.via, ask.host, ask.port, text, ask.method, ask.target))

    def _told_dropped(self) -> None:
        if self._dropped:
            self.report(Alert(self.name, "flood", "", 0, f"{self._dropped} refusals were not told one by one"))
            self._dropped = 0

    def end(self) -> None:
        """The action has ended: what was only counted is told."""
        self._told_dropped()


@dataclass(slots=True)
class Flow:
    """One connection that leads somewhere, and what passed."""

    number: int
    action: Action
    host: str
    port: int
    answer: Answer
    began: float
    sent: int = 0
    received: int = 0
    requests: int = 0
    last: float = field(init=False)
    max_sent: int | None = field(init=False)
    max_received: int | None = field(init=False)
    max_seconds: float = field(init=False)
    pace: Pace | None = field(init=False)
    watch_turns: bool = False
    inverted: int = 0
    _answering: int | None = None

    def __post_init__(self) -> None:
        limits, answer = self.action.limits, self.answer
        self.last = self.began
        self.max_sent = _least(limits.sent, answer.sent)
        self.max_received = _least(limits.received, answer.received)
        self.max_seconds = min(limits.seconds, answer.seconds if answer.seconds is not None else limits.seconds)
        self.pace = Pace(limits.bytes_per_second) if limits.bytes_per_second else None

    def out(self, count: int) -> float:
        """So many bytes leave the sandbox; the seconds to wait after them. Raises `Cut` *before* they are passed on."""
        action = self.action
        now = action.clock()
        self.sent += count
        action.sent += count
        action.totals.sent += count
        if self.max_sent is not None and self.sent > self.max_sent:
            text = f"more than {self.max_sent} bytes sent to `{self.host}`"
            action.alert("upload", self.host, self.port, text)
            raise Cut("bytes", text)
        if action.limits.sent_total is not None and action.sent > action.limits.sent_total:
            raise Cut("budget", _WORDS["sent_total"])
        if over := action.totals.over():
            raise Cut("budget", over)
        if self.watch_turns:
            self._client_speaks(count, now)
        self.last = now
        return self.pace.wait(count, now) if self.pace else 0.0

    def into(self, count: int) -> float:
        """So many bytes come in; as `out`."""
        action = self.action
        now = action.clock()
        self.received += count
        action.received += count
        action.totals.received += count
        if self.max_received is not None and self.received > self.max_received:
            raise Cut("bytes", f"more than {self.max_received} bytes received from `{self.host}`")
        if action.limits.received_total is not None and action.received > action.limits.received_total:
            raise Cut("budget", _WORDS["received_total"])
        if over := action.totals.over():
            raise Cut("budget", over)
        if self.watch_turns and now - self.last >= QUIET_SECONDS:
            self._answering = 0
        self.last = now
        return self.pace.wait(count, now) if self.pace else 0.0

    def _client_speaks(self, count: int, now: float) -> None:
        if self._answering is None or now - self.last >= QUIET_SECONDS:
            self._answering = None
            return
        self._answering += count
        if self._answering >= INVERTED_BYTES:
            self._answering = None
            self.inverted += 1
            if self.inverted >= INVERTED_TURNS:
                text = f"`{self.host}` asks and the sandbox answers: this has the shape of a reverse tunnel"
                self.action.alert("tunnel", self.host, self.port, text)
                raise Cut("tunnel", text)

    def overdue(self, now: float) -> Cut | None:
        """Why time is up for it; None while it is not."""
        if now - self.began > self.max_seconds:
            text = f"a connection to `{self.host}` stayed open for more than {self.max_seconds:g} seconds"
            self.action.alert("long_lived", self.host, self.port, text)
            return Cut("duration", text)
        if now - self.last > self.action.limits.idle_seconds:
            return Cut(
                "idle", f"nothing passed to or from `{self.host}` for {self.action.limits.idle_seconds:g} seconds"
            )
        return None

    def close(self, cause: Cause = "ended", text: str = "") -> None:
        """Report its end, once."""
        if self.action.flows.pop(self.number, None) is None:
            return
        self.action.totals.flows -= 1
        seconds = self.action.clock() - self.began
        self.action.report(
            Closed(self.number, self.action.name, self.sent, self.received, self.requests, seconds, cause, text)
        )


def _least(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)
