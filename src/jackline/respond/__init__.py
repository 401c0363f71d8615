"""What is done about what was found: so far, reports.

In comes what the core names (`Audit`, `Finding`); out goes a document. Guaranteed: nothing here reaches the network or
the disk, and no text of a transcript is ever markup or code in what is made of it.
"""
