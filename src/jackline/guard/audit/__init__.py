"""The audit: transcripts in, one `Audit` out.

In: units of files (`clients.transcripts`), the user's policies. Out: reports of sessions and findings, already without
secrets; timelines, proposals of grants and the comparison of two policies where they are asked for. Guaranteed: each
unit is replayed by itself and in bounded memory, in processes that may die without taking the audit down; order is kept
within a session; what was judged before is not judged again while neither the files nor the policies have changed;
nothing is recorded, and nothing leaves the machine.
"""
