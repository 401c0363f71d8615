"""What the surroundings say changes what a command does: contexts, files that this session wrote, indexes."""

from __future__ import annotations

from typing import Any

import pytest

from jackline.lower.surroundings import text_of

from .harness import compare, run, scope_of

_CONFTEST = "/ws/tests/conftest.py"
_WRITTEN: dict[tuple[str, str], Any] = {
    ("list", "/ws"): ("src", "tests"),
    ("list", "/ws/tests"): ("conftest.py", "test_a.py"),
    ("authorship", _CONFTEST): "session",
    ("text", _CONFTEST): text_of("import os"),
    ("authorship", "/ws/tests/test_a.py"): "committed",
}


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("kubectl delete ns a", {("context", "kube"): {"context": "prod-eu", "namespace": "x"}},
         ["delete infrastructure kube/prod-eu/x/ns/a production tree"]),
        ("kubectl delete ns a", {("context", "kube"): {"context": "blue"}, ("environment", "infrastructure:blue"): "staging"},
         ["delete infrastructure kube/blue/default/ns/a staging"]),
        ("terraform destroy", {("context", "terraform:/ws"): {"workspace": "prod"}}, ["delete infrastructure terraform/prod production"]),
        ("terraform -chdir=src destroy", {("context", "terraform:/ws/src"): {"workspace": "dev"}},
         ["delete infrastructure terraform/dev development"]),
        ("docker rm x", {("context", "docker"): {"host": "ssh://live.example"}}, ["delete infrastructure docker/container/x production"]),
        ("DOCKER_HOST=ssh://prod.example docker rm x", {("context", "docker"): {"host": "unix:///run/docker.sock"}},
         ["delete infrastructure docker/container/x production"]),
        ("TF_WORKSPACE=prod terraform destroy", {("context", "terraform:/ws"): {"workspace": "dev"}}, ["delete infrastructure terraform/prod production"]),
        ("kubectl --kubeconfig prod.yaml delete deploy w", {("context", "kube"): {"context": "kind-dev", "namespace": "x"}},
         ["delete infrastructure kube/prod.yaml/default/deploy/w production", "read file /ws/prod.yaml"]),
        ("terraform apply -var environment=prod", {("context", "terraform:/ws"): {"workspace": "dev"}}, ["modify infrastructure terraform/dev production no all"]),
        ("terraform destroy", {("context", "terraform:/ws"): {"workspace": "test", "key": "prod/x.tfstate"}},
         ["delete infrastructure terraform/test production no all"]),
        ("pytest", _WRITTEN, ["read file /ws", "opaque process 'python:import os'"]),
        ("pytest tests", _WRITTEN, ["read file /ws", "opaque process 'python:import os'"]),
        ("pytest src", {}, ["read file /ws"]),
        ("pip install -r r.txt", {("text", "/ws/r.txt"): text_of("# x\nrequests==2\n-e ./lib\ngit+https://e.example/a.git\n")},
         ["read file /ws/r.txt", "install package pip:* registry", "install package pip:/ws/lib",
          "install package pip:https://e.example/a.git fetched", "connect endpoint e.example"]),
        ("pip install -i https://mirror.example/simple x", {("registries", ""): frozenset({"mirror.example"})},
         ["install package pip:x registry"]),
        ("npm run lint", {("text", "/ws/package.json"): text_of('{"scripts": {"lint": "eslint ."}}')},
         ["opaque process 'shell:eslint .'"]),
        ("npm run lint", {("text", "/ws/package.json"): text_of("{")}, []),
        ("make", {("text", "/ws/Makefile"): text_of("t:\n\techo a\n")}, ["opaque process 'shell:echo a'"]),
        ("make", {("text", "/ws/Makefile"): text_of("include x\n"), ("authorship", "/ws/Makefile"): "committed"},
         ["opaque process Makefile unknown"]),
        ("make", {("text", "/ws/Makefile"): text_of("include x\n"), ("authorship", "/ws/Makefile"): "committed", ("authorship", "/ws/x"): "committed"},
         ["opaque process Makefile committed"]),
        ("cargo test", {("authorship", "/ws/build.rs"): "session"}, ["modify file /ws/target tree", "opaque process /ws/build.rs session"]),
        ("go run main.go", {("authorship", "/ws/main.go"): "fetched"}, ["opaque process /ws/main.go fetched"]),
        ("bash run.sh", {("text", "/ws/run.sh"): text_of("rm a")}, ["opaque process 'shell:rm a'"]),
        ("psql -f a.sql shop", {("text", "/ws/a.sql"): text_of("drop table a")}, ["opaque process 'postgres:drop table a shop'"]),
        ("kill 7", {("process", "7"): "own"}, ["terminate process pid:7 own_child"]),
        ("kill 7", {("process", "7"): "guard"}, ["configure guard pid:7 no"]),
    ],
)  # fmt: skip
def test_answers_count(text: str, answers: dict[tuple[str, str], Any], expected: list[str]) -> None:
    assert compare(run(text, scope_of(answers)), expected) == ([], [])
