"""Deciding: a policy's text and an action's effects in, a `Decision` out.

In: policy text in a strict subset of Cedar (`parser`, `check`), layered (`load`); effects and the `Posture` of the
session that asks (`judge`); events (`session.fold`).
Out: the verdict with the cheapest remedies under which every effect is permitted, and reasons that name the rule.
Guaranteed: no I/O and no clock; a policy outside the subset, with a word outside the vocabulary, or with a remedy that
could narrow what is permitted is refused at load time with its span; the schema is total, so no rule can fail while
deciding; what no rule permits is denied; one more remedy never turns an allow into a deny; a lower layer never permits
what a higher one does not. The answers are Cedar's own: the tests compare them with the reference engine.
"""

from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, Policies, load
from jackline.policy.posture import Posture

__all__ = ["LayerText", "Policies", "Posture", "judge", "load"]
