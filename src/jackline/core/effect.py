"""Effects: what one action does to the world, each a verb on a resource with the evidence for it."""

from __future__ import annotations

from msgspec import Struct

from jackline.core.words import (
    Authorship,
    Certainty,
    Environment,
    Jurisdiction,
    Kind,
    Label,
    Origin,
    Reach,
    Undo,
    Verb,
)


class Resource(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What an effect touches.

    `name` is normalised by its kind: a file is an absolute path with links resolved and no trailing slash;
    an endpoint a lower-case host (`[::1]` in brackets, no port); a table `database.schema.table` as far as
    it is known; a repository its remote's `host/path` or the absolute path of its work tree, `#branch` behind it
    where one branch is meant; infrastructure `provider/service/thing`; a package `registry-kind:name`;
    a process its program's name or `pid:N`. `*` stands for what could not be named.
    """

    kind: Kind
    name: str
    environment: Environment = "unknown"
    reach: Reach = "workspace"
    labels: frozenset[Label] = frozenset()
    jurisdiction: Jurisdiction = "none"
    port: int = 0

    def labelled(self, labels: frozenset[Label]) -> Resource:
        """The same resource with these labels too."""
        if labels <= self.labels:
            return self
        return Resource(
            self.kind, self.name, self.environment, self.reach, self.labels | labels, self.jurisdiction, self.port
        )


class Extent(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How much is touched: exactly or at most `at_most` things; None is unbounded."""

    at_most: int | None = 1
    exact: bool = True


class Evidence(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Where the effect was read: `text` is what stands at characters `start` to `end` of the action's main text.

    An effect that was read in a file which the action runs has that file's path in `source` and the SHA-256 of
    the content that was judged in `digest`, so that what runs can be compared with it.
    """

    start: int
    end: int
    text: str
    source: str = ""
    digest: str = ""


ONE = Extent()
ANY = Extent(at_most=None, exact=False)
NO_EVIDENCE = Evidence(0, 0, "")


class Effect(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One thing that an action does."""

    verb: Verb
    resource: Resource
    extent: Extent = ONE
    reversible: Undo = "yes"
    certainty: Certainty = "certain"
    origin: Origin = "unknown"
    authorship: Authorship = "none"
    evidence: Evidence = NO_EVIDENCE
