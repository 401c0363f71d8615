"""What tools that reach elsewhere are pointed at, read from their own configuration (each tool's manual, "configuration").

Nothing is started, and no secret is read: only names of contexts, profiles, projects, regions and addresses come out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from jackline.core.deferred import Deferred, late_pattern
from jackline.guard.world.disk import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES: Final = 1024 * 1024
MAX_TERRAFORM_FILES: Final = 64
_ini: Final[Callable[[str, int], dict[str, dict[str, str]]]] = Deferred("jackline.guard.world.inifile", "read_ini")
_CREDENTIALS: Final = late_pattern(r"(?<=://)[^/@\s]+@")


class Contexts:
    """The question `context` for one action."""

    __slots__ = ("_cwd", "_environment", "_home")

    def __init__(self, environment: Mapping[str, str], home: str, cwd: str) -> None:
        self._environment, self._home, self._cwd = environment, home, cwd

    def answer(self, tool: str) -> dict[str, str] | None:
        """Names only; None for a tool that is not known here."""
        name, _, place = tool.partition(":")
        reader = _READERS.get(name)
        if reader is None:
            return None
        found = reader(self, place or self._cwd)
        return {key: _CREDENTIALS.sub("", value) for key, value in found.items() if value}

    def _variable(self, *names: str) -> str:
        return next((self._environment[name] for name in names if self._environment.get(name)), "")

    def _path(self, variable: str, default: str) -> str:
        chosen = self._environment.get(variable, "")
        return os.path.join(self._cwd, chosen) if chosen else f"{self._home}/{default}"

    def _kube(self, place: str) -> dict[str, str]:
        del place
        named = self._environment.get("KUBECONFIG", "")
        files = [os.path.join(self._cwd, one) for one in named.split(os.pathsep) if one] or [
            f"{self._home}/.kube/config"
        ]
        texts = [text for text in (read_text(path, MAX_BYTES) for path in files[:16]) if text]
        current = next((found for found in (_scalar(text, "current-context") for text in texts) if found), "")
        answer = {"context": current}
        for text in texts:
            block = _block(text, "contexts", current)
            cluster = _scalar(block, "cluster")
            answer.setdefault("namespace", _scalar(block, "namespace"))
            answer["cluster"] = answer.get("cluster") or cluster
            server = _scalar(_block(text, "clusters", answer["cluster"]), "server")
            answer["server"] = answer.get("server") or server
        return answer

    def _aws(self, place: str) -> dict[str, str]:
        del place
        profile = self._variable("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
        settings = _ini(self._path("AWS_CONFIG_FILE", ".aws/config"), MAX_BYTES)
        section = settings.get(f"profile {profile}" if profile not in {"", "default"} else "default", {})
        account = section.get("sso_account_id", "") or _account(section.get("role_arn", ""))
        region = self._variable("AWS_REGION", "AWS_DEFAULT_REGION") or section.get("region", "")
        endpoint = self._variable("AWS_ENDPOINT_URL") or section.get("endpoint_url", "")
        return {"profile": profile or "default", "account": account, "region": region, "endpoint": endpoint}

    def _gcloud(self, place: str) -> dict[str, str]:
        del place
        base = self._path("CLOUDSDK_CONFIG", ".config/gcloud")
        active = (
            self._variable("CLOUDSDK_ACTIVE_CONFIG_NAME")
            or (read_text(f"{base}/active_config", 4096) or "default").strip()
        )
        core = _ini(f"{base}/configurations/config_{active.replace('/', '')}", MAX_BYTES).get("core", {})
        project = self._variable("CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT") or core.get(
            "project", ""
        )
        return {"configuration": active, "project": project, "account": core.get("account", "")}

    def _az(self, place: str) -> dict[str, str]:
        del place
        profile = _json(f"{self._path('AZURE_CONFIG_DIR', '.azure')}/azureProfile.json")
        for subscription in profile.get("subscriptions", []) if isinstance(profile, dict) else []:
            if isinstance(subscription, dict) and subscription.get("isDefault") is True:
                return {"subscription": str(subscription.get("name", "")), "id": str(subscription.get("id", ""))}
        return {}

    def _docker(self, place: str) -> dict[str, str]:
        del place
        host, base = self._variable("DOCKER_HOST"), self._path("DOCKER_CONFIG", ".docker")
        if host:
            return {"host": host}
        settings = _json(f"{base}/config.json")
        context = self._variable("DOCKER_CONTEXT") or str(
            settings.get("currentContext", "") if isinstance(settings, dict) else ""
        )
        if context in {"", "default"}:
            return {"context": "default", "host": "unix:///var/run/docker.sock"}
        name = hashlib.sha256(context.encode()).hexdigest()  # as the client names a context's folder
        meta = _json(f"{base}/contexts/meta/{name}/meta.json")
        endpoints = meta.get("Endpoints", {}) if isinstance(meta, dict) else {}
        docker = endpoints.get("docker", {}) if isinstance(endpoints, dict) else {}
        return {"context": context, "host": str(docker.get("Host", "")) if isinstance(docker, dict) else ""}

    def _terraform(self, place: str) -> dict[str, str]:
        data = os.path.join(place, self._environment.get("TF_DATA_DIR") or ".terraform")
        chosen = self._variable("TF_WORKSPACE") or (read_text(f"{data}/environment", 4096) or "default").strip()
        answer = {"workspace": chosen}
        state = _json(f"{data}/terraform.tfstate")
        backend = state.get("backend") if isinstance(state, dict) else None
        if isinstance(backend, dict):
            config = backend.get("config")
            answer["backend"] = str(backend.get("type", ""))
            answer |= _strings(config if isinstance(config, dict) else {})
            return answer
        for text in _terraform_files(place):
            found = re.search(r'\bbackend\s+"([\w-]+)"\s*\{([^}]*)\}|\b(cloud)\s*\{([^}]*(?:\{[^}]*\})?[^}]*)\}', text)
            if found is not None:
                answer["backend"] = found[1] or found[3]
                answer |= _strings(dict(re.findall(r'(\w+)\s*=\s*"([^"]*)"', found[2] or found[4] or "")))
                return answer
        answer["backend"] = "local"
        return answer


_READERS: Final[dict[str, Callable[[Contexts, str], dict[str, str]]]] = {
    "kube": Contexts._kube,  # noqa: SLF001 - the class's own table
    "aws": Contexts._aws,  # noqa: SLF001
    "gcloud": Contexts._gcloud,  # noqa: SLF001
    "az": Contexts._az,  # noqa: SLF001
    "docker": Contexts._docker,  # noqa: SLF001
    "terraform": Contexts._terraform,  # noqa: SLF001
}

_BACKEND: Final = frozenset(
    {
        "bucket",
        "key",
        "prefix",
        "path",
        "container_name",
        "storage_account_name",
        "organization",
        "name",
        "hostname",
        "address",
        "region",
    }
)


def _strings(values: Mapping[str, Any]) -> dict[str, str]:
    """Where a state lies, without what opens it."""
    return {key: value for key, value in values.items() if key in _BACKEND and isinstance(value, str)}


def _terraform_files(place: str) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(place) if name.endswith((".tf", ".tofu")))
    except OSError:
        return []
    texts = (read_text(f"{place}/{name}", MAX_BYTES) for name in names[:MAX_TERRAFORM_FILES])
    return [re.sub(r"(?m)(#|//).*$", "", text) for text in texts if text]


def _account(arn: str) -> str:
    found = re.search(r"::(\d{12}):", arn)
    return found[1] if found is not None else ""


def _json(path: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads((read_text(path, MAX_BYTES) or "{}").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return {}


def _scalar(text: str, key: str) -> str:
    """The value of the first `key: value` line: all that is needed of the YAML (or JSON) that kubectl writes."""
    found = re.search(rf'(?m)^[ \t-]*"?{re.escape(key)}"?[ \t]*:[ \t]*(.*?)[ \t]*,?[ \t]*$', text)
    return found[1].strip("\"'") if found is not None else ""


def _block(text: str, section: str, name: str) -> str:
    """The item called `name` of a top-level list."""
    start = re.search(rf'(?m)^[ \t]*"?{section}"?[ \t]*:', text)
    if start is None or not name:
        return ""
    rest = text[start.end() :]
    end = re.search(r"(?m)^[A-Za-z]", rest)
    items = re.split(r"(?m)^[ \t]*(?:-[ \t]|\{[ \t]*$)", rest[: end.start()] if end is not None else rest)
    for item in items:
        if name in re.findall(r'(?m)^[ \t]*"?name"?[ \t]*:[ \t]*"?(.*?)"?[ \t]*,?[ \t]*$', item):
            return item
    return ""
