"""What data cannot say gracefully: one small function a tool, named by its entry (`special = "find"`).

Each gets a `Call` whose options, operands and roles have been applied, and adds the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.lower.catalogue.packages import requirements

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.catalogue.call import Call

_HOMES: Final = {
    "compress": "archives.compress",
    "copy": "copying.copy",
    "fd": "finding.fd",
    "find": "finding.find",
    "hunt": "hunting.hunt",
    "git_apply": "git.apply",
    "git_branch": "git.branch",
    "git_change": "git.change",
    "git_checkout": "git.checkout",
    "git_clean": "git.clean",
    "git_clone": "git_remote.clone",
    "git_commit": "git.commit",
    "git_config": "git_config.config",
    "git_config_options": "git_config.options",
    "git_discard": "git.discard",
    "git_fetch": "git_remote.fetch",
    "git_hooks": "git.hooks",
    "git_init": "git.init",
    "git_lfs": "git_remote.lfs",
    "git_merge": "git.merge",
    "git_push": "git_remote.push",
    "git_set_remote": "git_remote.set_remote",
    "git_read": "git.read",
    "git_reset": "git.reset",
    "git_restore": "git.restore",
    "git_rm": "git.remove",
    "git_stash_drop": "git.stash_drop",
    "git_submodule": "git_remote.submodule",
    "git_switch": "git.switch",
    "git_tag": "git.tag",
    "behind_dashes": "wrapping.behind_dashes",
    "page_server": "serving.page_server",
    "application_server": "serving.application_server",
    "debugger": "wrapping.debugger",
    "env": "wrapping.env",
    "flatpak_run": "wrapping.flatpak_run",
    "nix": "wrapping.nix",
    "flock": "wrapping.flock",
    "in_place": "editing.in_place",
    "link": "copying.link",
    "move": "copying.move",
    "python_module": "interpreting.python_module",
    "shell": "interpreting.shell",
    "virtualenv": "interpreting.virtualenv",
    "javascript_tests": "projects.javascript_tests",
    "npm_create": "projects.npm_create",
    "npm_install": "projects.npm_install",
    "npm_pkg": "projects.npm_pkg",
    "npm_publish": "projects.npm_publish",
    "npm_run": "projects.npm_run",
    "npm_script": "projects.npm_script",
    "npm_tasks": "projects.npm_tasks",
    "npx": "projects.npx",
    "python_tests": "projects.python_tests",
    "yarn_workspace": "projects.yarn_workspace",
    "pip_install": "projects.pip_install",
    "uv_run": "projects.uv_run",
    "uvx": "projects.uvx",
    "cargo_build": "building.cargo_build",
    "cmake": "building.cmake",
    "compiled": "compiling.compiled",
    "console": "models.console",
    "go_build": "compiling.go_build",
    "go_run": "building.go_run",
    "just": "just.just",
    "make": "making.make",
    "project_tasks": "building.project_tasks",
    "composer": "tasks.composer",
    "invoke": "tasks.invoke",
    "lefthook": "tasks.lefthook",
    "nox": "tasks.nox",
    "pre_commit": "tasks.pre_commit",
    "project_run": "tasks.project_run",
    "task": "tasks.task",
    "cdk": "terraform.cdk",
    "pulumi": "terraform.pulumi",
    "terraform": "terraform.terraform",
    "terragrunt": "terraform.terragrunt",
    "tox": "tasks.tox",
    "crontab": "scheduling.crontab",
    "units": "scheduling.units",
    "tar": "archives.tar",
    "curl": "http_clients.curl",
    "httpie": "http_clients.httpie",
    "lookup": "remote.lookup",
    "netcat": "remote.netcat",
    "says": "remote.says",
    "remote_copy": "remote.remote_copy",
    "rsync": "remote.rsync",
    "socat": "remote.socat",
    "ssh": "remote.ssh",
    "ssh_options": "remote.ssh_options",
    "wget": "http_clients.wget",
    "compose_up": "compose.up",
    "devcontainer": "compose.devcontainer",
    "docker_build": "images.build",
    "docker_copy": "docker.copy",
    "docker_run": "docker.run",
    "helm_template": "rendering.helm",
    "kubectl_files": "clusters.files",
    "kubectl_prints": "rendering.kubectl_prints",
    "kustomize": "rendering.kustomize",
    "kubectl_copy": "kubernetes.copy",
    "kubectl_exec": "kubernetes.execute",
    "mongo": "databases.mongo",
    "mysql": "databases.mysql",
    "postgres": "databases.postgres",
    "postgres_admin": "databases.postgres_admin",
    "redis": "databases.redis",
    "sql_tool": "databases.sql_tool",
    "sqlite": "databases.sqlite",
    "tsql": "databases.tsql",
    "forge_api": "forges.api",
    "playbook": "building.playbook",
    "parallel": "feeding.parallel",
    "xargs": "feeding.xargs",
}
"""Name → the file of this folder and the function in it."""


def _at(home: str) -> Deferred:
    file, _, name = home.partition(".")
    return Deferred(f"{__name__}.{file}", name)


SPECIALS: Final[dict[str, Callable[[Call], None]]] = {
    **{name: _at(home) for name, home in _HOMES.items()},
    "pip_requirements": requirements,
}
"""Name → the function. Its file is imported at its first call: most sessions need few of them."""

run_alias: Final[Callable[[Call], bool]] = _at("git_config.run_alias")
npm_other: Final[Callable[[Call], bool]] = _at("projects.npm_other")
"""What may stand behind a sub-command that no table describes; False where nothing does."""
