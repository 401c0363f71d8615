/* Tries one thing that a sandbox refuses, or allows, and says in one word what came of it: `done`, or the error's name. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *argument;

static long call(long number) { return syscall(number, 0, 0, 0, 0, 0, 0); }

static long to_port(int family, const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(socket(family, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to);
}

static long abstract(void) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    (void)snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "%s", argument);
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&to, (socklen_t)(sizeof(sa_family_t) + 1 + strlen(argument)));
}

static long cloned(unsigned long flags) {
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    return pid;
}

static long clone_by_3(void) {
    struct clone_args how = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &how, sizeof how);
    if (pid == 0) _exit(0);
    return pid;
}

static long in_new_session(void) { /* as a program that left its terminal would try it */
    char letter = 'x';
    return ioctl(STDIN_FILENO, TIOCSTI, &letter);
}

static long reopen(int flags) { return open("/proc/self/fd/0", flags); }

static long is_open(void) {
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1) return 0;
    errno = EBADF;
    return -1;
}

static long ignored_signals(void) {
    for (int each = 1; each < NSIG; each++) {
        struct sigaction is;
        if (sigaction(each, NULL, &is) == 0 && is.sa_handler != SIG_DFL) return 0;
    }
    sigset_t blocked;
    (void)sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int each = 1; each < 32; each++)
        if (sigismember(&blocked, each)) return 0;
    errno = ENOENT;
    return -1;
}

static long foreign(void) {
#if defined(__x86_64__)
    long got;
    __asm__ volatile("int $0x80" : "=a"(got) : "a"(20 /* getpid of i386 */) : "memory");
    return errno = got < 0 ? (int)-got : 0, got;
#else
    raise(SIGSYS);
    return -1;
#endif
}

#define CALL(name) {#name, SYS_##name}
static const struct { const char *name; long number; } CALLS[] = {
    CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(kcmp), CALL(pidfd_getfd), CALL(process_madvise),
    CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot), CALL(setns), CALL(open_tree), CALL(move_mount), CALL(fsopen),
    CALL(fsconfig), CALL(fsmount), CALL(fspick), CALL(mount_setattr), CALL(open_by_handle_at), CALL(swapon), CALL(swapoff),
    CALL(fanotify_init), CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(bpf),
    CALL(perf_event_open), CALL(userfaultfd), CALL(add_key), CALL(request_key), CALL(keyctl), CALL(init_module),
    CALL(finit_module), CALL(delete_module), CALL(kexec_load), CALL(kexec_file_load), CALL(reboot), CALL(acct), CALL(syslog),
    CALL(settimeofday), CALL(clock_settime), CALL(quotactl), CALL(getpid), CALL(sched_yield), CALL(getuid),
};

static long numbered(const char *name) {
    for (size_t at = 0; at < sizeof CALLS / sizeof *CALLS; at++)
        if (strcmp(CALLS[at].name, name) == 0) return call(CALLS[at].number);
    errno = EINVAL;
    return -2;
}

static long attempt(const char *name) {
    if (strncmp(name, "call:", 5) == 0) return numbered(name + 5);
    if (strncmp(name, "number:", 7) == 0) return call(strtol(name + 7, NULL, 0));
    if (strncmp(name, "socket:", 7) == 0) {
        int family = 0, type = 0, protocol = 0;
        (void)sscanf(name + 7, "%d,%d,%d", &family, &type, &protocol);
        return socket(family, type, protocol);
    }
    if (strncmp(name, "pair:", 5) == 0) {
        int pair[2];
        return socketpair(atoi(name + 5), SOCK_STREAM, 0, pair);
    }
    if (strncmp(name, "clone:", 6) == 0) return cloned(strtoul(name + 6, NULL, 0));
    if (strncmp(name, "unshare:", 8) == 0) return unshare((int)strtol(name + 8, NULL, 0));
    if (strncmp(name, "personality:", 12) == 0) return personality(strtoul(name + 12, NULL, 0));
    if (strncmp(name, "ioctl:", 6) == 0) return ioctl(STDIN_FILENO, strtoul(name + 6, NULL, 0), "x");
    if (strncmp(name, "connect:", 8) == 0) return to_port(AF_INET, name + 8);
    if (strncmp(name, "bind:", 5) == 0) {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(name + 5))};
        return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&at, sizeof at);
    }
    if (strncmp(name, "signal:", 7) == 0) return kill(atoi(name + 7), 0);
    if (strncmp(name, "read:", 5) == 0) return open(name + 5, O_RDONLY);
    if (strncmp(name, "write:", 6) == 0) return open(name + 6, O_WRONLY);
    if (strncmp(name, "create:", 7) == 0) return open(name + 7, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (strncmp(name, "limit:", 6) == 0) {
        struct rlimit is;
        if (getrlimit(atoi(name + 6), &is) == -1) return -1;
        printf("%llu,%llu ", (unsigned long long)is.rlim_cur, (unsigned long long)is.rlim_max);
        return 0;
    }
    if (strcmp(name, "clone3") == 0) return clone_by_3();
    if (strcmp(name, "tiocsti") == 0) return in_new_session();
    if (strcmp(name, "abstract") == 0) return abstract();
    if (strcmp(name, "reopen-read") == 0) return reopen(O_RDONLY);
    if (strcmp(name, "reopen-write") == 0) return reopen(O_RDWR);
    if (strcmp(name, "descriptors") == 0) return is_open();
    if (strcmp(name, "signals") == 0) return ignored_signals();
    if (strcmp(name, "foreign") == 0) return foreign();
    errno = EINVAL;
    return -1;
}

int main(int argc, char **argv) {
    argument = getenv("ARGUMENT") != NULL ? getenv("ARGUMENT") : "";
    for (int at = 1; at < argc; at++) {
        errno = 0;
        long got = attempt(argv[at]);
        printf("%s\n", got == -1 ? strerrorname_np(errno) : "done");
        (void)fflush(stdout);
    }
    return 0;
}
