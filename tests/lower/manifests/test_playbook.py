"""Ansible's plays as they are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.playbook import tasks

PLAYBOOK = """
- hosts: web
  tasks:
    - shell: a
    - ansible.builtin.command: {cmd: b}
    - command: {argv: [c, d]}
      delegate_to: localhost
    - local_action: command e
    - copy: {src: x}
    - block: [{raw: f}]
- hosts: localhost
  handlers: [{shell: g}]
"""


def test_tasks() -> None:
    found = tasks(PLAYBOOK)
    assert found is not None
    assert [(task.code, task.here) for task in found[0]] == [
        ("a", False),
        ("b", False),
        ("c d", True),
        ("e", True),
        ("", False),
        ("f", False),
        ("g", True),
    ]
    assert found[1]


def test_what_stands_elsewhere() -> None:
    for text in ("- hosts: a\n  roles: [x]\n", "- import_playbook: x\n", "- hosts: a\n  tasks: [{include_tasks: x}]\n"):
        found = tasks(text)
        assert found is not None
        assert not found[1]
    assert tasks("hosts: a") is None


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["- hosts: a", "  tasks:", "  - shell: a", "  - block:", "    - raw: [x]", "  roles: x"]),
        max_size=12,
    ).map("\n".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    tasks(text)
