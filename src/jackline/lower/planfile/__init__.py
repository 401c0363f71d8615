"""Saved plans of Terraform and OpenTofu (`terraform plan -out=FILE`), opened.

In: the bytes of a file, from anybody. Out: `PlanFacts`, or None where any of it was not understood. Guaranteed: pure and
bounded (bytes inflated, fields read, changes named); no value of an attribute, variable or backend comes out but the names
of files that are written on this machine; every doubt about what the tool itself would read there (an odd archive, a field
twice, a field that is not known) gives None. A file that is encrypted, made by an unknown later version, or only points to
a run elsewhere gives None, too.
"""

from jackline.lower.planfile.reader import read_plan

__all__ = ["read_plan"]
