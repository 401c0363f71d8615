"""Editors' settings by which an agent approves itself: `{"chat.tools.autoApprove": true}` in `.vscode/settings.json`.

In: the effects of an action and what it writes. Out: one more effect on the guard, where a file of settings that an
assistant reads is written, and the action names a setting that takes the person out (CVE-2025-53773).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.core.effect import Resource

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.scope import Scope

_SETTINGS: Final = late_pattern(
    r"(?i)(?:/\.vscode(?:-server/data/machine)?/settings\.json|/(?:code|code - insiders|vscodium|cursor|windsurf|trae)/user/settings\.json"
    r"|/\.cursor/(?:cli-config|settings|permissions)\.json|\.code-workspace|/\.idea/[\w.-]*\.xml)$"
)
_APPROVES: Final = late_pattern(
    r"(?i)chat\.tools\.[\w.]*autoApprove|[\w.]*auto[-_]?(?:approv|accept)\w*|(?:agent|chat|cursor|cline)[\w.]*auto[-_]?(?:run|execut)\w*|yolo_?mode|task\.allowAutomaticTasks"
    r"|workspace\.trust\.enabled|allowedCommands\W+\[\W*\*|dangerously"
)
_WRITES: Final = frozenset({"create", "modify"})
_CLIENT: Final[frozenset[Label]] = frozenset({"client_settings"})


def emit_approving(scope: Scope) -> None:
    """Say so, once for each file."""
    written = {
        effect.resource.name: effect
        for effect in scope.effects
        if effect.verb in _WRITES and effect.resource.kind == "file" and _SETTINGS.search(effect.resource.name)
    }
    for path, effect in written.items():
        if _APPROVES.search(scope.text) or any(_APPROVES.search(text) for text in _contents(path, scope)):
            resource = Resource("guard", path, reach=effect.resource.reach, labels=_CLIENT)
            at = (effect.evidence.start, effect.evidence.end)
            scope.emit("configure", resource, at=at, reversible="no", certainty=effect.certainty)


def _contents(path: str, scope: Scope) -> list[str]:
    found = scope.overlay.files.get(path)
    return [version.text for version in found.versions if version is not None and version.text] if found else []
