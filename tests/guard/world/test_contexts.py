"""What tools are pointed at, out of their own configuration."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.guard.world.contexts import Contexts

KUBE = """apiVersion: v1
kind: Config
current-context: prod-eu
clusters:
- cluster:
    certificate-authority-data: c2VjcmV0
    server: https://10.0.0.1:6443
  name: cluster-a
- cluster:
    server: https://127.0.0.1:6443
  name: kind-dev
contexts:
- context:
    cluster: kind-dev
    user: dev
  name: dev
- context:
    cluster: cluster-a
    namespace: shop
    user: admin
  name: prod-eu
users:
- name: admin
  user:
    token: very-secret
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "app").mkdir()

    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    put.path = str(tmp_path)
    put.ask = lambda tool, **environment: Contexts(environment, str(tmp_path), f"{tmp_path}/app").answer(tool)
    return put


def test_kube(home):
    assert home.ask("kube") == {}
    home(".kube/config", KUBE)
    found = home.ask("kube")
    assert found == {
        "context": "prod-eu",
        "namespace": "shop",
        "cluster": "cluster-a",
        "server": "https://10.0.0.1:6443",
    }
    home("other", KUBE.replace("current-context: prod-eu", 'current-context: "dev"'))
    assert home.ask("kube", KUBECONFIG=f"{home.path}/other:{home.path}/.kube/config")["context"] == "dev"
    home(
        "json",
        json.dumps(
            {"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "namespace": "n"}}]},
            indent=2,
        ),
    )
    assert home.ask("kube", KUBECONFIG=f"{home.path}/json") == {"context": "x", "cluster": "c", "namespace": "n"}


def test_aws(home):
    home(
        ".aws/config",
        "[default]\nregion = us-east-1\n[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/x\n",
    )
    assert home.ask("aws") == {"profile": "default", "region": "us-east-1"}
    assert home.ask("aws", AWS_PROFILE="prod") == {"profile": "prod", "account": "123456789012", "region": "eu-west-1"}
    assert home.ask("aws", AWS_REGION="cn-north-1")["region"] == "cn-north-1"


def test_gcloud(home):
    home(".config/gcloud/active_config", "work\n")
    home(".config/gcloud/configurations/config_work", "[core]\nproject = shop-prod\naccount = dev@example.com\n")
    assert home.ask("gcloud") == {"configuration": "work", "project": "shop-prod", "account": "dev@example.com"}
    assert home.ask("gcloud", CLOUDSDK_CORE_PROJECT="shop-test")["project"] == "shop-test"


def test_az(home):
    assert home.ask("az") == {}
    home(
        ".azure/azureProfile.json",
        "\ufeff"
        + json.dumps({"subscriptions": [{"name": "Test"}, {"name": "Production", "id": "1", "isDefault": True}]}),
    )
    assert home.ask("az") == {"subscription": "Production", "id": "1"}


def test_docker(home):
    assert home.ask("docker")["context"] == "default"
    assert home.ask("docker", DOCKER_HOST="ssh://dev:pw@prod.example") == {"host": "ssh://prod.example"}
    home(".docker/config.json", json.dumps({"currentContext": "prod", "auths": {"x": {"auth": "secret"}}}))
    name = hashlib.sha256(b"prod").hexdigest()
    home(
        f".docker/contexts/meta/{name}/meta.json",
        json.dumps({"Name": "prod", "Endpoints": {"docker": {"Host": "tcp://10.0.0.9:2376"}}}),
    )
    assert home.ask("docker") == {"context": "prod", "host": "tcp://10.0.0.9:2376"}


def test_terraform(home):
    assert home.ask("terraform") == {"workspace": "default", "backend": "local"}
    home(
        "app/main.tf",
        '# backend "gcs" {}\nterraform {\n  backend "s3" {\n    bucket = "acme-prod"\n    key = "shop"\n    secret_key = "no"\n  }\n}\n',
    )
    home("app/.terraform/environment", "prod")
    assert home.ask("terraform") == {"workspace": "prod", "backend": "s3", "bucket": "acme-prod", "key": "shop"}
    home(
        "app/.terraform/terraform.tfstate",
        json.dumps({"backend": {"type": "gcs", "config": {"bucket": "b", "credentials": "secret"}}}),
    )
    assert home.ask(f"terraform:{home.path}/app", TF_WORKSPACE="test") == {
        "workspace": "test",
        "backend": "gcs",
        "bucket": "b",
    }
    home("cloud/x.tf", 'terraform {\n cloud {\n organization = "acme"\n workspaces { name = "prod" }\n }\n}\n')
    assert home.ask(f"terraform:{home.path}/cloud") == {
        "workspace": "default",
        "backend": "cloud",
        "organization": "acme",
        "name": "prod",
    }


def test_a_tool_that_is_not_known(home):
    assert home.ask("frobnicate") is None


FILES = [
    ".kube/config",
    ".aws/config",
    ".config/gcloud/active_config",
    ".azure/azureProfile.json",
    ".docker/config.json",
    "app/main.tf",
    "app/.terraform/terraform.tfstate",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.sampled_from(FILES),
    st.text(max_size=200)
    | st.sampled_from(
        [
            "[" * 5000,
            "{" * 5000,
            "contexts:\n- name: x",
            '{"subscriptions": [3]}',
            '{"backend": {"config": 3}}',
            "[a\n",
            "[a]\nb\n",
        ]
    ),
)
def test_any_file_has_an_answer(home, name, text):
    home(name, text)
    for tool in ("kube", "aws", "gcloud", "az", "docker", "terraform"):
        found = home.ask(tool)
        assert all(isinstance(value, str) for value in found.values())
