"""The workspace as a session sees it, and how what it changed is published, recorded and taken back.

In: the upper layer of an overlay over a workspace, both by handle. Out: what changed, as entries that people and `diff` can
read; the workspace, changed wholly or not at all; a history in which every change can be undone exactly. Guaranteed: no link
put in the way leads outside; nothing that anybody else changed is overwritten; whatever dies, recovery leaves the tree as it
was before or as it was to be. docs/containment.md tells how.
"""
