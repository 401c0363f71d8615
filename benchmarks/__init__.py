"""Measurements; see `__main__.py`."""
