"""The gateway: the only way from a session's sandboxes to any network, a process of its own beside the keeper.

In: sockets that listen inside a sandbox, each the identity of an action, and what the keeper answers to asks. Out: the
connections that were decided, and an account of every one: asked, opened, closed with its bytes, refused, and why. Guaranteed:
nothing leads out that was not decided by name and port, and by method and path where they can be seen; what is decided is what
is reached, for names are resolved here and every address is judged; TLS is never broken open; without a keeper there is no
gateway. docs/gateway.md tells what passes, what is refused, and in which words.
"""
