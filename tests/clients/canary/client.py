"""A stand-in for Claude Code: it asks its model, asks its hook as its settings say, and obeys as its first argument says.

client.py obeys|deaf|lenient|silent …     deaf: never asks; lenient: runs a call whose hook fails
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any


def ask_model(messages: list[dict[str, Any]]) -> dict[str, Any]:
    body = json.dumps({"stream": True, "tools": [{"name": "Bash", "input_schema": {}}], "messages": messages}).encode()
    url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
    with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
        lines = [line[6:] for line in answer.read().decode().splitlines() if line.startswith("data: ")]
    events = [json.loads(line) for line in lines]
    block = next(event["content_block"] for event in events if event["type"] == "content_block_start")
    if block["type"] == "tool_use":
        block["input"] = json.loads(
            next(e["delta"]["partial_json"] for e in events if e["type"] == "content_block_delta")
        )
    return block


def allowed(mode: str, command: str) -> str:
    """ "" or the reason of a denial."""
    settings = json.loads((Path(os.environ["CLAUDE_CONFIG_DIR"]) / "settings.json").read_text())
    handler = settings["hooks"]["PreToolUse"][0]["hooks"][0]
    message = {
        "hook_event_name": "PreToolUse",
        "session_id": "s",
        "cwd": os.getcwd(),
        "tool_name": "Bash",
        "tool_input": {"command": command},
    }
    done = subprocess.run(
        ["/bin/sh", "-c", handler["command"]], input=json.dumps(message), text=True, capture_output=True, check=False
    )
    if done.returncode == 0:
        return json.loads(done.stdout).get("hookSpecificOutput", {}).get("permissionDecisionReason", "")
    return "" if mode == "lenient" else done.stderr or "the hook failed"


def main(mode: str) -> None:
    messages: list[dict[str, Any]] = []
    while mode != "silent" and (block := ask_model(messages))["type"] == "tool_use":
        command = block["input"]["command"]
        refusal = "" if mode == "deaf" else allowed(mode, command)
        output = (
            refusal or subprocess.run(["/bin/sh", "-c", command], text=True, capture_output=True, check=False).stdout
        )
        messages.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": block["id"], "content": output}]}
        )


main(sys.argv[1])
