"""The replay of the 2026 database wipe; see `__main__.py`."""
