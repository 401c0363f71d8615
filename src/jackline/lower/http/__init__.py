"""HTTP requests: one door for curl, wget, the clients' web tools and every language's libraries.

In: a method and a URL as far as they are known, and what is sent. Out: `connect` and `send` on the endpoint, and the
effects that known APIs have (`apis.toml`), through a `Scope`. Guaranteed: a URL that cannot be read is still a
connection to an unknown host; a changing method to an unknown API is a possible change there, never only a read.
"""

from jackline.lower.http.request import request

__all__ = ["request"]
