/* The third wall: a filter of system calls (seccomp(2)), assembled here from the tables below.
 *
 * It refuses what no sandboxed program needs and what history shows to break: the mount family, tracing, io_uring (whose
 * work no filter sees), kernel modules, bpf, keys, rare kinds of sockets, new namespaces. Calls newer than this table do not
 * exist inside. Most answers depend on the number alone, so the kernel keeps them in a bitmap and they cost nothing.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel.h"

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

enum { MAX_PROGRAM = 1024, WAIT_KILLABLE = 1 << 5, ANY_NAMESPACE = 0x7E020000, NEW_TIME = 0x80, TYPE_BITS = 0xF };

static const int REFUSED[] = {
    /* other processes */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, CALL_PIDFD_GETFD, CALL_PROCESS_MADVISE,
    /* mounts and namespaces */
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, CALL_OPEN_TREE, CALL_OPEN_TREE_ATTR, CALL_MOVE_MOUNT,
    CALL_FSOPEN, CALL_FSCONFIG, CALL_FSMOUNT, CALL_FSPICK, CALL_MOUNT_SETATTR,
    SYS_open_by_handle_at, SYS_quotactl, CALL_QUOTACTL_FD, SYS_swapon, SYS_swapoff, SYS_fanotify_init,
    /* what no filter sees */
    CALL_IO_URING_SETUP, CALL_IO_URING_ENTER, CALL_IO_URING_REGISTER,
    /* the kernel itself, its keys, its clock */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load, SYS_reboot, SYS_acct, SYS_syslog, SYS_settimeofday,
    SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_vhangup, SYS_move_pages, SYS_migrate_pages,
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_sysfs,
#endif
#ifdef SYS_lookup_dcookie /* gone in Linux 6.7 */
    SYS_lookup_dcookie,
#endif
};

/* Not there, as on an older kernel: libraries then do what they did before. Of clone3 a filter cannot read the flags. */
static const int ABSENT[] = {CALL_CLONE3, CALL_STATMOUNT, CALL_LISTMOUNT};

/* Answered by the keeper, which looks and lets go on: it observes, and is no wall. */
static const int OBSERVED[] = {SYS_execve, SYS_execveat, SYS_connect};

static const unsigned TERMINAL_TRICKS[] = {
    TIOCSTI,    /* puts text into the terminal's input: CVE-2017-5226 */
    0x541C,     /* TIOCLINUX: the same by the console's selection, CVE-2023-1523 */
    TIOCSETD,   /* line disciplines, loaded on demand */
};
/* Linux, its randomization off (debuggers, sbcl), 32-bit names (setarch), and the question. */
static const unsigned PERSONALITIES[] = {0, 0x0008, 0x20000, 0x20008, 0x40000, 0xFFFFFFFF};
static const unsigned STREAMS[] = {0, 6 /* TCP */};
static const unsigned DATAGRAMS[] = {0, 17 /* UDP */, 1 /* ICMP echo */, 58 /* the same for IPv6 */};

static struct sock_filter program[MAX_PROGRAM];
static size_t size;

static void emit(unsigned code, unsigned value, unsigned char yes, unsigned char no) {
    if (size == MAX_PROGRAM) fail(0, "the filter of system calls is too long");
    program[size++] = (struct sock_filter){(unsigned short)code, yes, no, value};
}

static void load(size_t offset) { emit(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0); }
/* The low half of an argument: the kernel takes the arguments that are looked at here as 32-bit numbers. */
static void load_argument(unsigned at) { load(offsetof(struct seccomp_data, args) + 8 * at); }
static void answer(unsigned action) { emit(BPF_RET | BPF_K, action, 0, 0); }
static void refuse(int error) { answer(SECCOMP_RET_ERRNO | (unsigned)error); }
static void allow(void) { answer(SECCOMP_RET_ALLOW); }

/* The next instruction, which must be an answer, is taken only if what is loaded equals `value`. */
static void if_equal(unsigned value) { emit(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }
static void if_any_bit(unsigned bits) { emit(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1); }

/* What stands between these two applies to one system call, and ends in an answer. */
static size_t begin(int number) {
    emit(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 0);
    return size - 1;
}
static void end(size_t started) { program[started].jf = (unsigned char)(size - started - 1); }

static void allow_only(const unsigned *values, size_t count, int error) {
    for (size_t at = 0; at < count; at++) if_equal(values[at]), allow();
    refuse(error);
}
#define ALLOW_ONLY(values, error) allow_only(values, sizeof(values) / sizeof *(values), error)

static void refuse_bits(int number, unsigned argument, unsigned bits) {
    size_t call = begin(number);
    load_argument(argument), if_any_bit(bits), refuse(EPERM), allow();
    end(call);
}

static void check_ioctl(void) {
    size_t call = begin(SYS_ioctl);
    load_argument(1);
    for (size_t at = 0; at < sizeof TERMINAL_TRICKS / sizeof *TERMINAL_TRICKS; at++) if_equal(TERMINAL_TRICKS[at]), refuse(EPERM);
    allow();
    end(call);
}

static void check_personality(void) {
    size_t call = begin(SYS_personality);
    load_argument(0), ALLOW_ONLY(PERSONALITIES, EPERM);
    end(call);
}

/* One internet type with the protocols that it may speak: no raw sockets, no SCTP, no DCCP. */
static void check_type(unsigned type, const unsigned *protocols, size_t count) {
    load_argument(1), emit(BPF_ALU | BPF_AND | BPF_K, TYPE_BITS, 0, 0);
    size_t wanted = begin((int)type);
    load_argument(2), allow_only(protocols, count, EPROTONOSUPPORT);
    end(wanted);
}

static void check_internet(unsigned family) {
    size_t wanted = begin((int)family);
    check_type(SOCK_STREAM, STREAMS, sizeof STREAMS / sizeof *STREAMS);
    check_type(SOCK_DGRAM, DATAGRAMS, sizeof DATAGRAMS / sizeof *DATAGRAMS);
    refuse(EPERM);
    end(wanted);
}

/* AF_UNIX is bounded by the mounts. Of netlink only NETLINK_ROUTE: programs list their interfaces by it. */
static void check_socket(void) {
    size_t call = begin(SYS_socket);
    load_argument(0), if_equal(AF_UNIX), allow();
    check_internet(AF_INET);
    load_argument(0);
    check_internet(AF_INET6);
    load_argument(0);
    size_t netlink = begin(AF_NETLINK);
    load_argument(2), if_equal(0 /* NETLINK_ROUTE */), allow(), refuse(EPROTONOSUPPORT);
    end(netlink);
    refuse(EAFNOSUPPORT);
    end(call);
    call = begin(SYS_socketpair);
    load_argument(0), if_equal(AF_UNIX), allow(), refuse(EAFNOSUPPORT);
    end(call);
}

static void assemble(int observed) {
    load(offsetof(struct seccomp_data, arch));
    emit(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0), answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(struct seccomp_data, nr));
    emit(BPF_JMP | BPF_JGT | BPF_K, CALL_LAST, 0, 1), refuse(ENOSYS); /* x32 too: its numbers have bit 30 */
    for (size_t at = 0; at < sizeof REFUSED / sizeof *REFUSED; at++) if_equal((unsigned)REFUSED[at]), refuse(EPERM);
    for (size_t at = 0; at < sizeof ABSENT / sizeof *ABSENT; at++) if_equal((unsigned)ABSENT[at]), refuse(ENOSYS);
    for (size_t at = 0; observed && at < sizeof OBSERVED / sizeof *OBSERVED; at++)
        if_equal((unsigned)OBSERVED[at]), answer(SECCOMP_RET_USER_NOTIF);
    refuse_bits(SYS_clone, 0, ANY_NAMESPACE);
    refuse_bits(SYS_unshare, 0, ANY_NAMESPACE | NEW_TIME);
    check_ioctl();
    check_personality();
    check_socket();
    allow();
}

/* Returns the descriptor on which observed calls are announced, or -1 if nothing is observed. */
int seccomp_restrict(int observed) {
    assemble(observed);
    const struct sock_fprog whole = {.len = (unsigned short)size, .filter = program};
    unsigned flags = observed ? SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE : 0;
    long done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &whole);
    if (done == -1 && errno == EINVAL && observed) /* before Linux 5.19 a notified call cannot wait uninterrupted */
        done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &whole);
    if (done == -1) fail(errno, "the filter of system calls cannot be put up");
    return observed ? (int)done : -1;
}
