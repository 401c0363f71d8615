"""Settings by which an agent approves itself, however they are written."""

from __future__ import annotations

import pytest

from jackline.core.action import Action
from jackline.lower.lowering import lower
from jackline.lower.surroundings import Surroundings, Table

SETTING = '{"chat.tools.autoApprove": true}'


def guarded(command: str) -> list[str]:
    """The guard's files that a command changes."""
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    lowered = lower(Action(tool="shell", arguments={"command": command}, cwd="/ws"), around)
    return [effect.resource.name for effect in lowered.effects if effect.resource.kind == "guard"]


@pytest.mark.parametrize(
    "command",
    [
        f"echo '{SETTING}' > .vscode/settings.json",
        f"printf '%s' '{SETTING}' | tee .vscode/settings.json",
        f"cat > /tmp/s <<'EOF'\n{SETTING}\nEOF\nmv /tmp/s .vscode/settings.json",
        "jq '.\"chat.tools.autoApprove\"=true' .vscode/settings.json > t && mv t .vscode/settings.json",
        'sed -i \'s/"chat.tools.autoApprove": false/"chat.tools.autoApprove": true/\' .vscode/settings.json',
        "python3 -c \"open('.vscode/settings.json','w').write('{\\\"chat.tools.autoApprove\\\": true}')\"",
    ],
)
def test_a_person_is_taken_out(command: str) -> None:
    """By redirection, through another file, with jq, sed and Python."""
    assert "/ws/.vscode/settings.json" in guarded(command)


@pytest.mark.parametrize(
    "command",
    [
        'echo \'{"editor.formatOnSave": true, "jest.autoRun": "off"}\' > .vscode/settings.json',
        f"echo '{SETTING}' > notes.md",
        "grep autoApprove .vscode/settings.json",
    ],
)
def test_other_settings_and_other_files(command: str) -> None:
    """Are nobody's business."""
    assert guarded(command) == []
