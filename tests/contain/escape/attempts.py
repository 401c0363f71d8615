"""The attempts of `attempts.c` as data: which duty of the walls each is about, and who succeeds with it where no wall is.

`bare` are the users for whom it must succeed outside of any sandbox, so that an attempt that could never succeed is found
out. `nobody`: it is too harmful to be made bare, or depends on what this machine has; docs/containment.md tells the rest.
"""

from __future__ import annotations

from typing import NamedTuple


class Attempt(NamedTuple):
    """One attempt: its duty, and for whom it succeeds bare."""

    duty: str
    bare: str = "both"


FILES, NETWORK, PROCESSES, KERNEL, RIGHTS = "files", "network", "processes", "kernel", "rights"

ATTEMPTS = {
    "write_outside": Attempt(FILES), "write_by_root_link": Attempt(FILES), "write_by_cwd_link": Attempt(FILES),
    "write_by_symlink": Attempt(FILES), "write_over_secret": Attempt(FILES), "link_secret_in": Attempt(FILES),
    "rename_out": Attempt(FILES), "rename_in": Attempt(FILES), "read_secret": Attempt(FILES), "read_others_root": Attempt(FILES),
    "read_others_cwd": Attempt(FILES), "read_shared_memory_folder": Attempt(FILES), "delete_outside": Attempt(FILES),
    "chmod_outside": Attempt(FILES), "swap_parent": Attempt(FILES), "plant_at_home": Attempt(FILES),
    "plant_in_workspace": Attempt(FILES), "change_the_guard": Attempt(FILES), "change_the_view_from_below": Attempt(FILES),
    "race_a_link": Attempt(FILES), "write_the_system": Attempt(FILES, "nobody"), "write_the_kernels_files": Attempt(FILES, "root"),
    "read_the_kernels_secrets": Attempt(FILES, "root"), "use_devices": Attempt(FILES, "nobody"), "make_a_device": Attempt(FILES, "nobody"),
    "release_agent": Attempt(FILES, "nobody"), "bind_mount": Attempt(FILES, "root"), "remount": Attempt(FILES, "root"),
    "unmount": Attempt(FILES, "nobody"), "change_root": Attempt(FILES, "root"), "clone_a_tree": Attempt(FILES, "root"),
    "new_file_system": Attempt(FILES, "root"), "make_writable": Attempt(FILES, "root"), "open_by_handle": Attempt(FILES, "nobody"),
    "run_from_memory": Attempt(FILES),
    "tcp_to_loopback": Attempt(NETWORK), "tcp_to_host": Attempt(NETWORK, "nobody"), "metadata_service": Attempt(NETWORK, "nobody"),
    "udp_to_loopback": Attempt(NETWORK), "udp_to_host": Attempt(NETWORK, "nobody"), "dns_outside": Attempt(NETWORK, "nobody"),
    "path_socket": Attempt(NETWORK), "abstract_socket": Attempt(NETWORK), "well_known_sockets": Attempt(NETWORK, "nobody"),
    "raw_sockets": Attempt(NETWORK, "root"),
    "signal_the_guard": Attempt(PROCESSES), "signal_all": Attempt(PROCESSES, "nobody"), "hold_the_guard": Attempt(PROCESSES),
    "trace_the_guard": Attempt(PROCESSES, "root"), "trace_pid_one": Attempt(PROCESSES, "nobody"),
    "read_the_guards_memory": Attempt(PROCESSES, "root"), "take_a_descriptor": Attempt(PROCESSES, "root"),
    "read_others_environment": Attempt(PROCESSES), "open_others_memory": Attempt(PROCESSES, "root"),
    "enter_namespaces": Attempt(PROCESSES, "nobody"), "attach_shared_memory": Attempt(PROCESSES), "find_descriptors": Attempt(PROCESSES),
    "nest_user_namespaces": Attempt(RIGHTS), "nest_by_clone": Attempt(RIGHTS), "nest_by_clone3": Attempt(RIGHTS),
    "nest_mounts": Attempt(RIGHTS, "root"), "gain_capabilities": Attempt(RIGHTS), "gain_privileges": Attempt(RIGHTS),
    "rare_sockets": Attempt(KERNEL, "nobody"), "rare_netlink": Attempt(KERNEL), "use_io_uring": Attempt(KERNEL, "nobody"),
    "open_by_io_uring": Attempt(FILES, "nobody"), "use_bpf": Attempt(KERNEL, "nobody"), "use_keys": Attempt(KERNEL, "nobody"),
    "use_faults": Attempt(KERNEL, "nobody"), "use_counters": Attempt(KERNEL, "nobody"), "load_kernels": Attempt(KERNEL, "nobody"),
    "foreign_calls": Attempt(KERNEL, "nobody"), "type_into_the_terminal": Attempt(KERNEL, "nobody"),
    "read_the_kernels_log": Attempt(KERNEL, "nobody"), "set_the_clock": Attempt(KERNEL),
}  # fmt: skip

CARRIED_ALONE = {
    "mounts": {
        "chmod_outside": "Landlock has no right for metadata: what is not mounted cannot be named, and that is all",
        "change_the_guard": "the same: it tries chmod on the guard's folder first",
        "path_socket": "Landlock has no right for sockets by path (before version 9): what is not mounted cannot be named",
    },
    "processes": {
        "hold_the_guard": "a pidfd of a process that is seen; Landlock and seccomp refuse all that could be done with it",
        "attach_shared_memory": "System V objects belong to the ipc namespace, and nothing else knows them",
    },
    "rights": {
        "gain_capabilities": "what this wall is",
        "gain_privileges": "what this wall is",
    },
}
"""Wall → what succeeds when it alone is missing, with the reason why no other holds it. The kernel's own duty is seccomp's."""
