"""What real clients sent, and a way to hand an opencode callback over as our plugin does."""

from __future__ import annotations

import json
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
HOOK_CLIENTS = ("claude", "codex", "gemini", "qwen")


def sample(client: str, name: str) -> bytes:
    """The standard input of one real hook call."""
    body = (SAMPLES / client / f"{name}.json").read_bytes()
    if client != "opencode":
        return body
    event = ".".join(name.split(".")[:3])
    return json.dumps({"event": event, "directory": "/home/dev/project", **json.loads(body)}).encode()
