"""What a name says of its environment. Only words that stand by themselves in it count: `prod-db`, not `product-db`.

The user's own words (`resources.toml`) are asked first; this is what is left to go by.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from jackline.core.words import Environment

_WORDS: Final[tuple[tuple[Environment, frozenset[str]], ...]] = (
    ("production", words("prod production prd live")),
    ("staging", words("staging stage stg preprod uat qa")),
    (
        "development",
        words("dev devel development test tests testing local localhost sandbox minikube kind k3d docker desktop"),
    ),
)
_SPLIT: Final = late_pattern(r"[^a-z]+")
_DIGITS: Final = late_pattern(r"(?<=[a-z])\d+|\d+(?=[a-z])")
_LOCAL: Final = late_pattern(r"^(?:localhost|127\.|\[?::1|docker-desktop|minikube|kind-|k3d-|.*\.localhost)")


@lru_cache(maxsize=4096)
def environment_of(name: str) -> Environment:
    """`production` where any word says so (`not-prod` too: it is safer read so), else staging, else development."""
    lower = name.lower()
    if _LOCAL.match(lower):
        return "development"
    found = frozenset(_SPLIT.split(_DIGITS.sub(" ", lower)))
    for environment, vocabulary in _WORDS:
        if found & vocabulary:
            return environment
    return "unknown"
