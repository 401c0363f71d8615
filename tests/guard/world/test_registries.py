"""Package registries, out of the managers' own settings and the installed tools themselves."""

from __future__ import annotations

import json

import pytest

from jackline.guard.world.registries import Registries


@pytest.fixture
def machine(tmp_path):
    home, workspace = tmp_path / "home", tmp_path / "app"
    home.mkdir()
    workspace.mkdir()

    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def hosts(written=(), registries=None, **environment):
        found = registries or Registries("")
        return found.hosts(
            home=str(home), workspace=str(workspace), environment=environment, written=lambda path: path in written
        )

    put.path, put.hosts = tmp_path, hosts
    return put


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "home/.config/pip/pip.conf",
            "[global]\nindex-url = https://dev:pw@pypi.corp.example/simple\nextra-index-url =\n  https://a.example/x\n",
            {"pypi.corp.example", "a.example"},
        ),
        (
            "app/pyproject.toml",
            '[[tool.uv.index]]\nname = "x"\nurl = "https://uv.example/simple"\n[project.urls]\nurl = "https://docs.example"\n',
            {"uv.example"},
        ),
        (
            "app/.npmrc",
            "@acme:registry=https://npm.acme.example:8443/\n//npm.acme.example/:_authToken=x\n",
            {"npm.acme.example", "npm.acme.example:8443"},
        ),
        ("app/.yarnrc.yml", 'npmRegistryServer: "https://yarn.example"\n', {"yarn.example"}),
        (
            "home/.cargo/config.toml",
            '[source.mirror]\nregistry = "sparse+https://crates.example/index/"\n',
            {"crates.example"},
        ),
        ("home/.config/go/env", "GOPROXY=https://go.example,https://b.example|direct\n", {"go.example", "b.example"}),
        ("app/Gemfile", 'source "https://gems.example"\n', {"gems.example"}),
        (
            "home/.m2/settings.xml",
            "<mirror><id>a</id><url>https://maven.example/x</url></mirror><url>https://docs.example</url>",
            {"maven.example"},
        ),
        (
            "app/composer.json",
            '{"repositories": [{"type": "composer", "url": "https://php.example"}]}',
            {"php.example"},
        ),
        ("home/.condarc", "channels:\n  - https://conda.example/c\n", {"conda.example"}),
        ("app/.npmrc", "registry=http://localhost:4873/\n", {"localhost", "localhost:4873"}),
        ("app/.npmrc", "; registry=https://comment.example\nregistry=not an address\n", set()),
    ],
)
def test_settings(machine, name, text, expected):
    before = machine.hosts()
    machine(name, text)
    assert machine.hosts() - before == expected


def test_variables(machine):
    before = machine.hosts()
    assert machine.hosts(PIP_INDEX_URL="https://a.example/simple", GOPROXY="https://b.example,direct") - before == {
        "a.example",
        "b.example",
    }


def test_an_agent_cannot_name_its_own_registry(machine):
    path = machine("app/.npmrc", "registry=https://evil.example/\n")
    assert "evil.example" in machine.hosts()
    assert "evil.example" not in machine.hosts(written={str(path)})


def test_a_changed_file_is_read_again(machine):
    registries = Registries("")
    machine("app/.npmrc", "registry=https://one.example/\n")
    assert "one.example" in machine.hosts(registries=registries)
    machine("app/.npmrc", "registry=https://another.example/\n")
    assert {"another.example"} == machine.hosts(registries=registries) & {"one.example", "another.example"}


def test_defaults_come_from_the_installed_tool_and_are_kept(machine):
    program = machine("tools/npm/bin/npm-cli.js", "#!/usr/bin/env node\n")
    machine(
        "tools/npm/node_modules/@npmcli/config/lib/definitions/definitions.js",
        "define('registry', {\n  default: 'https://default.example/',\n})\n",
    )
    cargo = machine("tools/cargo", "\x7fELF…sparse+https://index.example/…")
    state = machine.path / "registries.json"
    registries = Registries(str(state))
    registries.ask_tools({"npm": str(program), "cargo": str(cargo)}.get, str(machine.path / "home"))
    assert {"default.example", "index.example"} <= machine.hosts(registries=registries)
    assert {"default.example", "index.example"} <= machine.hosts(registries=Registries(str(state)))
    cargo.write_text("another program altogether")
    assert "index.example" not in machine.hosts(registries=Registries(str(state)))


@pytest.mark.parametrize(
    "text", ["", "[]", "nonsense", json.dumps({"/x\u00001\u00002": ["evil.example"]}), json.dumps({"a": 3})]
)
def test_a_damaged_state_file_says_nothing(machine, text):
    state = machine("registries.json", text)
    assert "evil.example" not in machine.hosts(registries=Registries(str(state)))
