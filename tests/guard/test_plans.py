"""A saved plan of Terraform counts for what it says only where Terraform itself left these bytes, or nobody of this session."""

from __future__ import annotations

import pytest

from jackline.core.action import Action
from jackline.guard.world import Replayed
from jackline.lower.lowering import lower
from jackline.lower.surroundings import Surroundings
from tests.lower.planfile.plans import SECRET, written

CHANGING = written("workspace dev\nmodify aws_instance.web\n", {})
OTHER = written("workspace dev\nmodify aws_instance.other\n", {})
PLAN = "terraform plan -out=app.plan"
APPLY = "terraform apply app.plan"


@pytest.fixture
def cloud(desktop, monkeypatch):
    """A project whose Terraform works on a workspace for play, on a machine that has Terraform."""
    programs = desktop.place / "bin"
    programs.mkdir()
    (programs / "terraform").write_text("#!/bin/sh\n")
    (programs / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", f"/usr/bin:/bin:{programs}")
    (desktop.project / ".terraform").mkdir()
    (desktop.project / ".terraform/environment").write_text("dev")
    return desktop


def run(desktop, command, files=(), *, ends=True):
    """A shell command that leaves files with these contents; whether it was let through."""
    let = passes(desktop, command)
    for name, content in dict(files).items():
        (desktop.project / name).write_bytes(content)
    if ends:
        desktop.after("Bash", {"command": command})
    return let


def passes(desktop, command):
    return desktop.shell(command)["verdict"] in {"", "allow"}


def plan_answers(desktop):
    return [answer for event in desktop.events("decided") for answer in event.data["answers"] if answer[0] == "plan"]


def test_a_plan_that_terraform_made_in_this_session_is_read(cloud):
    assert run(cloud, PLAN, {"app.plan": CHANGING})
    assert passes(cloud, APPLY)
    assert [change["address"] for change in plan_answers(cloud)[-1][2]["changes"]] == ["aws_instance.web"]


def test_it_is_known_again_after_a_restart_and_under_another_name(cloud):
    run(cloud, PLAN, {"app.plan": CHANGING})
    cloud.restart()
    assert passes(cloud, APPLY)
    run(cloud, "mv app.plan later.plan", {"later.plan": CHANGING})
    assert passes(cloud, "terraform apply later.plan")


@pytest.mark.parametrize("before", [
    ["cp ../other.plan app.plan"], ["terraform plan -out=app.plan; cp ../other.plan app.plan"], [PLAN, "cp ../other.plan app.plan"],
    ["cp -r ../plans/. .; terraform plan -out=app.plan"],
])  # fmt: skip
def test_a_plan_that_anything_else_wrote_is_forged(cloud, before):
    for command in before:
        run(cloud, command, {"app.plan": OTHER})
    assert not passes(cloud, APPLY)
    assert plan_answers(cloud)[-1][2] is None


def test_a_plan_that_was_changed_where_nobody_looked_is_forged(cloud):
    run(cloud, PLAN, {"app.plan": CHANGING})
    (cloud.project / "app.plan").write_bytes(OTHER)
    assert not passes(cloud, APPLY)


def test_a_plan_whose_command_has_not_ended_is_not_believed(cloud):
    run(cloud, PLAN, {"app.plan": CHANGING}, ends=False)
    assert not passes(cloud, APPLY)


def test_it_is_read_for_the_analysis_of_large_commands_too(cloud):
    (cloud.project / "app.plan").write_bytes(CHANGING)
    assert passes(cloud, f"{APPLY} # {'x' * 9000}")
    assert plan_answers(cloud)[-1][2]["workspace"] == "dev"


def test_a_plan_from_before_the_session_is_read(cloud):
    (cloud.project / "app.plan").write_bytes(CHANGING)
    assert passes(cloud, APPLY)
    (cloud.project / "app.plan").write_bytes(written("workspace dev\ndelete aws_db_instance.main\n", {}))
    assert not passes(cloud, APPLY)


def test_no_value_comes_into_the_ledger_and_the_decision_can_be_made_again(cloud):
    (cloud.project / "app.plan").write_bytes(CHANGING)
    cloud.shell(APPLY)
    event = cloud.events("decided")[-1]
    cloud.service.close()
    held = b"".join(file.read_bytes() for file in cloud.place.joinpath("state").rglob("*") if file.is_file())
    assert SECRET.encode() not in held
    around = Surroundings(
        Replayed(event.data["answers"]),
        cwd=str(cloud.project),
        workspace=str(cloud.project),
        home="/home/dev",
        user="dev",
    )
    again = lower(Action(tool="shell", arguments={"command": APPLY}, cwd=str(cloud.project)), around).effects
    named = {effect.resource.name for effect in again if effect.resource.kind == "infrastructure"}
    assert named == {"terraform/dev/aws_instance.web"}
    digest = next(effect.evidence.digest for effect in again if effect.resource.name.endswith(".web"))
    assert len(digest) == 64
