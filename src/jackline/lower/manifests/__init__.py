"""What the files of a project say: Makefiles, justfiles, Dockerfiles, compose files, Terraform, crontabs, and YAML at all.

In: the text of a file that somebody wrote, hostile or not, and through a small `Host` what it may ask of the world.
Out: the commands and facts that it holds, as plain values; what is not followed is said so, and its caller makes it opaque.
Guaranteed: no I/O, bounded in bytes, depth and steps, never raises on any text; nothing here knows effects or policies.
"""
