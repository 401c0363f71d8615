"""Settings files of sections and keys, as cloud tools write them. Apart, for its reader is half of what `contexts` imports."""

from __future__ import annotations

import configparser

from jackline.guard.world.disk import read_text


def read_ini(path: str, limit: int) -> dict[str, dict[str, str]]:
    """Section → key → value, of at most `limit` bytes; nothing of a file that cannot be read as one."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="\0")
    try:
        parser.read_string(read_text(path, limit) or "")
    except configparser.Error:
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}
