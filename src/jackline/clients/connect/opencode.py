"""opencode: a plugin of ours, named in its configuration.

A folder `.opencode/plugin/` would make opencode fetch its plugin kit at every start; a file named in the configuration
does not (measured on 1.18.33).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

from jackline.clients.connect.edits import Element
from jackline.clients.connect.hooks import Commands, decides_limit_ms
from jackline.clients.connect.interface import FileEdits, Place, Programs
from jackline.core.packaged import packaged

PLUGIN: Final = "jackline-opencode.js"
_COMMAND: Final = "/* the hook command */ []"
_LIMIT: Final = "/* its limit */ 0"


class OpencodeConnector:
    """Connects opencode."""

    name = "opencode"

    def wanted(self, place: Place, programs: Programs) -> tuple[FileEdits, ...]:
        """The guard's launcher, the plugin, and the configuration that names it."""
        ours = Commands(self.name, place, programs)
        plugin = ours.launcher(PLUGIN)
        element = Element(("plugin",), Path(plugin).as_uri(), _is_ours)
        return (
            ours.guard(),
            FileEdits(plugin, content=plugin_text(ours), mode=0o644),
            FileEdits(place.settings(self.name), (element,)),
        )


def plugin_text(ours: Commands) -> str:
    """The plugin with its command and limit."""
    text = packaged("jackline.clients.connect", "plugin", "opencode.js")
    return text.replace(_COMMAND, json.dumps(ours.decides_words)).replace(_LIMIT, str(decides_limit_ms("opencode")))


def _is_ours(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and os.path.basename(value) == PLUGIN
