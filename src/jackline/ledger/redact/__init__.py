"""Redaction: secrets become keyed placeholders before anything is written.

In: a text, an action, or the data of events. Out: the same with every secret that has a known form or stands in a known
place replaced. Guaranteed: equal secrets give equal placeholders under one key; a placeholder is a plain word to every
language that is lowered, so the redacted action has the same effects; redacting twice changes nothing; the work is
linear in the text. Not guaranteed: a secret without a known form, in a place that says nothing of it, is not found.
"""

from __future__ import annotations

from jackline.ledger.redact.redactor import Redactor
from jackline.ledger.redact.sieve import may_hold_secrets

__all__ = ["Redactor", "may_hold_secrets"]
