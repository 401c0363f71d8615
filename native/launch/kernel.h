/* The kernel's newer calls, which C libraries know under some versions only: numbers, flags and structures as the kernel
 * documents them (mount_setattr(2), openat2(2), move_mount(2), landlock(7), pidfd_open(2), close_range(2)). */
#ifndef JACKLINE_KERNEL_H
#define JACKLINE_KERNEL_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "the launcher is written for x86-64 and 64-bit ARM: system call numbers and filters differ elsewhere"
#endif

enum { /* the same on every architecture since 5.1 */
    CALL_PIDFD_SEND_SIGNAL = 424, CALL_IO_URING_SETUP, CALL_IO_URING_ENTER, CALL_IO_URING_REGISTER, CALL_OPEN_TREE,
    CALL_MOVE_MOUNT, CALL_FSOPEN, CALL_FSCONFIG, CALL_FSMOUNT, CALL_FSPICK, CALL_PIDFD_OPEN, CALL_CLONE3,
    CALL_CLOSE_RANGE, CALL_OPENAT2, CALL_PIDFD_GETFD, CALL_FACCESSAT2, CALL_PROCESS_MADVISE, CALL_EPOLL_PWAIT2,
    CALL_MOUNT_SETATTR, CALL_QUOTACTL_FD, CALL_LANDLOCK_CREATE_RULESET, CALL_LANDLOCK_ADD_RULE,
    CALL_LANDLOCK_RESTRICT_SELF, CALL_STATMOUNT = 457, CALL_LISTMOUNT = 458, CALL_OPEN_TREE_ATTR = 467,
    CALL_LAST = 469 /* the newest one that is known here (6.17); what comes after it does not exist inside */
};

#define OPEN_CLONE 1u           /* OPEN_TREE_CLONE */
#define AT_WHOLE_TREE 0x8000u   /* AT_RECURSIVE */
#define MOVE_FROM_FD 0x04u      /* MOVE_MOUNT_F_EMPTY_PATH */
#define MOVE_TO_FD 0x40u        /* MOVE_MOUNT_T_EMPTY_PATH */

#define ATTR_RDONLY 0x01u
#define ATTR_NOSUID 0x02u
#define ATTR_NODEV 0x04u
#define ATTR_NOEXEC 0x08u

#define RESOLVE_NO_MAGIC 0x02u
#define RESOLVE_NO_LINKS 0x04u  /* RESOLVE_NO_SYMLINKS */
#define RESOLVE_INSIDE 0x10u    /* RESOLVE_IN_ROOT */

enum { CONFIG_FLAG = 0, CONFIG_STRING = 1, CONFIG_CREATE = 6 };

struct attributes { uint64_t set, clear, propagation, user_namespace; };
struct how { uint64_t flags, mode, resolve; };

static inline int call_openat2(int at, const char *path, const struct how *how) {
    return (int)syscall(CALL_OPENAT2, at, path, how, sizeof *how);
}
static inline int call_open_tree(int at, const char *path, unsigned flags) {
    return (int)syscall(CALL_OPEN_TREE, at, path, flags);
}
static inline int call_move_mount(int from, const char *source, int to, const char *target, unsigned flags) {
    return (int)syscall(CALL_MOVE_MOUNT, from, source, to, target, flags);
}
static inline int call_mount_setattr(int at, const char *path, unsigned flags, const struct attributes *attributes) {
    return (int)syscall(CALL_MOUNT_SETATTR, at, path, flags, attributes, sizeof *attributes);
}
static inline int call_fsopen(const char *type) { return (int)syscall(CALL_FSOPEN, type, 1u /* FSOPEN_CLOEXEC */); }
static inline int call_fsconfig(int fd, unsigned command, const char *key, const char *value) {
    return (int)syscall(CALL_FSCONFIG, fd, command, key, value, 0);
}
static inline int call_fsmount(int fd, unsigned attributes) {
    return (int)syscall(CALL_FSMOUNT, fd, 1u /* FSMOUNT_CLOEXEC */, attributes);
}
static inline int call_pidfd_open(pid_t pid) { return (int)syscall(CALL_PIDFD_OPEN, pid, 0u); }
static inline int call_pidfd_send_signal(int fd, int signal) {
    return (int)syscall(CALL_PIDFD_SEND_SIGNAL, fd, signal, NULL, 0u);
}
static inline int call_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(CALL_CLOSE_RANGE, first, last, flags);
}
static inline int call_pivot_root(const char *root, const char *old) { return (int)syscall(SYS_pivot_root, root, old); }

#endif
