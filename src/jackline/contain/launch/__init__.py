"""The launcher's Python side: it writes plans down, starts sessions and sandboxes, and holds what they hand out.

In: a `Plan`, a session's views, the streams of a program. Out: a `Holder`, which keeps a session alive, and in it
`Sandbox`es: processes, listeners, exit codes. Guaranteed: what is started dies with us, for each hangs on a socket of
ours; what cannot be started exactly as planned is not started, and one sentence says why. The work is done by
`jackline-launch` (native/launch/), a static program that is compiled when the package is built on Linux.
"""

from jackline.contain.launch.encoding import View, encode, encode_views
from jackline.contain.launch.holder import Holder
from jackline.contain.launch.program import launcher
from jackline.contain.launch.sandbox import Sandbox, Streams

__all__ = ["Holder", "Sandbox", "Streams", "View", "encode", "encode_views", "launcher"]
