"""How each client is started for a canary: headless, against the model on the loopback, in the copy of its settings."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.clients.canary.copies import Copy, edit_json, without_servers, write

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPT: Final = "This is a self-test of the guard. Do what the tools say."


class Start(Struct, frozen=True):
    """Arguments after the program, and variables beside the plain ones."""

    arguments: tuple[str, ...]
    environment: dict[str, str]


def claude(copy: Copy, port: int, unchecked: bool) -> Start:  # noqa: FBT001 - the signature that all share
    """Claude Code. The shell tool is allowed beforehand: what stops a call is then the guard and nothing else."""
    del unchecked
    variables = {
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}", "ANTHROPIC_API_KEY": "canary", "ANTHROPIC_AUTH_TOKEN": "",
        "CLAUDE_CODE_USE_BEDROCK": "", "CLAUDE_CODE_USE_VERTEX": "", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1", "CLAUDE_CONFIG_DIR": os.path.join(copy.home, ".claude"),
    }  # fmt: skip
    arguments = (
        "-p", PROMPT, "--model", "claude-sonnet-4-5", "--allowedTools", "Bash", "--strict-mcp-config",
        "--no-session-persistence", "--settings", json.dumps({"env": variables, "apiKeyHelper": ""}),
    )  # fmt: skip
    return Start(arguments, variables)


def codex(copy: Copy, port: int, unchecked: bool) -> Start:  # noqa: FBT001
    """Codex CLI. `unchecked`: its trust in hooks is passed over, since the copy's differ."""
    config = os.path.join(copy.home, ".codex", "config.toml")
    if os.path.exists(config):
        with open(config, encoding="utf-8") as file:
            write(config, without_servers(file.read()))
    provider = (
        f'{{name="canary", base_url="http://127.0.0.1:{port}/v1", wire_api="responses", env_key="CANARY_KEY", '
        "request_max_retries=1, stream_max_retries=1}"
    )
    settings = (
        'model="gpt-5.5"', 'model_provider="canary"', f"model_providers.canary={provider}", "analytics.enabled=false",
        "check_for_update_on_startup=false", f'projects={{{json.dumps(copy.project)}={{trust_level="trusted"}}}}',
    )  # fmt: skip
    overrides = tuple(word for setting in settings for word in ("-c", setting))
    trust = ("--dangerously-bypass-hook-trust",) if unchecked else ()
    flags = ("exec", "--json", "--skip-git-repo-check", "--ephemeral", "--dangerously-bypass-approvals-and-sandbox")
    variables = {"CODEX_HOME": os.path.join(copy.home, ".codex"), "CANARY_KEY": "canary"}
    return Start((*flags, *overrides, *trust, PROMPT), variables)


def gemini(copy: Copy, port: int, unchecked: bool) -> Start:  # noqa: FBT001
    """Gemini CLI."""
    del unchecked
    edit_json(
        os.path.join(copy.home, ".gemini", "settings.json"),
        {("security", "auth", "selectedType"): "gemini-api-key", ("mcpServers",): {}},
    )
    variables = {
        "GEMINI_API_KEY": "canary", "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{port}",
        "GEMINI_CLI_TRUST_WORKSPACE": "true", "GEMINI_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    return Start(("-m", "gemini-2.5-pro", "-p", PROMPT, "--output-format", "json", "--yolo"), variables)


def qwen(copy: Copy, port: int, unchecked: bool) -> Start:  # noqa: FBT001
    """Qwen Code."""
    del unchecked
    edit_json(
        os.path.join(copy.home, ".qwen", "settings.json"),
        {("security", "auth", "selectedType"): "openai", ("mcpServers",): {}},
    )
    variables = {"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_MODEL": "canary"}
    return Start(("-p", PROMPT, "--yolo"), variables)


def opencode(copy: Copy, port: int, unchecked: bool) -> Start:  # noqa: FBT001
    """Of opencode. A model that it does not know must be declared; its own permissions must not stop what the guard would."""
    del unchecked
    provider = {
        "npm": "@ai-sdk/openai-compatible", "name": "canary", "models": {"canary": {"name": "canary"}},
        "options": {"baseURL": f"http://127.0.0.1:{port}/v1", "apiKey": "canary"},
    }  # fmt: skip
    edit_json(
        os.path.join(copy.home, ".config", "opencode", "opencode.json"),
        {
            ("provider", "canary"): provider,
            ("model",): "canary/canary",
            ("mcp",): {},
            ("autoupdate",): False,
            ("permission",): {"bash": "allow", "external_directory": "allow"},
        },
    )
    folders = {f"XDG_{name}_HOME": os.path.join(copy.home, path) for name, path in
               (("CONFIG", ".config"), ("DATA", ".local/share"), ("STATE", ".local/state"), ("CACHE", ".cache"))}  # fmt: skip
    variables = {**folders, "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}
    return Start(("run", "-m", "canary/canary", PROMPT), {**variables, "npm_config_offline": "true"})


STARTS: Final[dict[str, Callable[[Copy, int, bool], Start]]] = {
    "claude": claude,
    "codex": codex,
    "gemini": gemini,
    "qwen": qwen,
    "opencode": opencode,
}
