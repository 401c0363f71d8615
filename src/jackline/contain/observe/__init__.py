"""What programs in a sandbox start, and where they connect: read off the kernel's notices, never decided.

In: a sandbox's `notifier`, on which seccomp(2) announces each execve, execveat and connect before it is done. Out: facts:
programs with their arguments, parent and SHA-256; addresses. Guaranteed: every notice is answered with "go on", whatever
it was and whether it could be read, so nothing inside is stopped, changed or kept waiting by what it is or does; what could
not be read is a fact that says so; what is kept is bounded, and what is past the bound is counted. It is evidence, no wall:
memory can be changed after the look (seccomp_unotify(2)). If the observer is gone, the kernel refuses those calls.
"""
