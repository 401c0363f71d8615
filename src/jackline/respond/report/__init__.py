"""Reports of an audit: `sarif` for other programs, `page` for a person.

In comes an `Audit`; out goes one text. Guaranteed: the same audit gives the same bytes, and hostile text stays text.
"""
