/* The session's namespaces: made and kept by `hold`, joined by `enter`.
 *
 * The holder's outer half keeps the starter's lifeline; its inner half is pid 1 of the session. When the lifeline closes,
 * or either half dies, the kernel kills every process of the session. One user and one group are mapped, each to itself,
 * and no further user namespace can be made in it, so nobody inside ever has a capability again.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kernel.h"

static void write_file(int at, const char *path, const char *text) {
    int fd = openat(at, path, O_WRONLY | O_CLOEXEC);
    if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) fail(errno, "`%s` cannot be written", path);
    (void)close(fd);
}

/* Groups beside the first are rights that nobody decided on. Without the right to give them up they stay: then they are
 * the user's own, and reach only what is mounted. */
static void one_group(void) {
    if (setgroups(0, NULL) == -1 && errno != EPERM) fail(errno, "the groups cannot be given up");
}

static void map_one(void) {
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    one_group();
    /* The session's own network is empty, and nothing ever comes of it: no sandbox that failed to get its own has more. */
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET) == -1)
        fail(errno, "this system lets this user make no user namespace");
    write_file(AT_FDCWD, "/proc/self/setgroups", "deny");
    (void)snprintf(map, sizeof map, "%u %u 1", uid, uid);
    write_file(AT_FDCWD, "/proc/self/uid_map", map);
    (void)snprintf(map, sizeof map, "%u %u 1", gid, gid);
    write_file(AT_FDCWD, "/proc/self/gid_map", map);
}

static void detach_from_host(void) {
    const struct attributes private = {.propagation = MS_PRIVATE};
    if (call_mount_setattr(AT_FDCWD, "/", AT_WHOLE_TREE, &private) == -1)
        fail(errno, errno == ENOSYS ? "the mounts cannot be separated from the system's without Linux 5.12"
                                    : "this system lets this user make no user namespace of any use");
}

/* A path by which the kernel finds what we have open: overlayfs reads `:`, `,` and `\` in a path as its own. */
static void layer(int context, const char *key, const char *path) {
    char name[64];
    int fd = resolve(AT_FDCWD, path, O_DIRECTORY, RESOLVE_NO_MAGIC);
    if (fd == -1) fail(errno, "the view's layer `%.200s` cannot be opened", path);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (call_fsconfig(context, CONFIG_STRING, key, name) == -1) fail(errno, "the view does not take `%.200s`", path);
}

/* Mounts one view. Returns a descriptor of its root: the starter's way in. */
static int view_mount(const struct view *view) {
    int context = call_fsopen("overlay");
    int at = resolve(AT_FDCWD, view->at, O_DIRECTORY, RESOLVE_NO_MAGIC);
    if (context == -1) fail(errno, "the kernel has no overlay file system");
    if (at == -1) fail(errno, "the view's place `%.200s` cannot be opened", view->at);
    layer(context, "lowerdir", view->lower);
    layer(context, "upperdir", view->upper);
    layer(context, "workdir", view->work);
    /* The layer is the session's scratch: what is kept of it is copied, and synced there. So overlayfs need not sync it. */
    (void)call_fsconfig(context, CONFIG_FLAG, "volatile", NULL);
    if (call_fsconfig(context, CONFIG_FLAG, "userxattr", NULL) == -1 || call_fsconfig(context, CONFIG_CREATE, NULL, NULL) == -1)
        fail(errno, "the view of `%.200s` cannot be made", view->lower);
    int tree = call_fsmount(context, ATTR_NOSUID | ATTR_NODEV);
    if (tree == -1) fail(errno, "the view of `%.200s` cannot be mounted", view->lower);
    mount_at(tree, at, view->at);
    int root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root == -1) fail(errno, "the view of `%.200s` cannot be read", view->lower);
    (void)close(tree);
    (void)close(at);
    (void)close(context);
    return root;
}

/* A pair that tells its one end when the other is gone. */
int lifeline(int fds[2]) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) fail(errno, "no socket pair can be made");
    return 0;
}

/* Die with our parent, and at once if it is dead by now. */
void hang_on(int line) {
    struct pollfd gone = {.fd = line, .events = POLLIN};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1) fail(errno, "the child cannot be tied to its parent");
    if (poll(&gone, 1, 0) != 0) _exit(FAILED);
}

/* /proc/sys/user is that of the reader's user namespace. A fresh proc is used, for the system's may be read-only; where
 * none can be mounted, no sandbox could start, and it is better said now. */
static void forbid_user_namespaces(void) {
    static const char *const none[][2] = {{NULL, NULL}};
    int proc = mount_new("proc", none, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC);
    write_file(proc, "sys/user/max_user_namespaces", "0");
    (void)close(proc);
}

/* Pid 1 of the session. Children that it ignores are reaped by the kernel; signals from inside do not reach it. It keeps its
 * capabilities: who has none may not look into it, and so not into the host's tree, which is its root. */
static _Noreturn void init(int line) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN, .sa_flags = SA_NOCLDWAIT};
    hang_on(line);
    forbid_user_namespaces();
    if (sigaction(SIGCHLD, &ignore, NULL) == -1 || setsid() == -1 || chdir("/") == -1) fail(errno, "pid 1 cannot begin");
    if (send(line, "", 1, MSG_NOSIGNAL) != 1) _exit(FAILED);
    (void)prctl(PR_SET_NAME, "jackline-init", 0, 0, 0);
    control_use(-1);
    if (call_close_range(0, (unsigned)line - 1, 0) == -1 || call_close_range((unsigned)line + 1, ~0u, 0) == -1) _exit(FAILED);
    for (;;) (void)pause();
}

/* Until the starter's end closes or pid 1 dies. Then nothing of the session lives: the kernel does not let pid 1 go
 * before all others are gone. */
static _Noreturn void keep(int control, pid_t child, int pidfd) {
    struct pollfd watched[2] = {{.fd = control, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    int status = 0;
    while (poll(watched, 2, -1) == -1)
        if (errno != EINTR) break;
    (void)call_pidfd_send_signal(pidfd, SIGKILL);
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
    _exit(watched[0].revents != 0 ? 0 : FAILED);
}

void hold(int control, const struct plan *plan) {
    int line[2], given[MAX_VIEWS + 1];
    char greeting;
    map_one();
    detach_from_host();
    for (size_t at = 0; at < plan->views; at++) given[at + 1] = view_mount(&plan->view[at]);
    (void)lifeline(line);
    pid_t child = fork();
    if (child == -1) fail(errno, "pid 1 of the session cannot be started");
    if (child == 0) {
        (void)close(line[0]);
        init(line[1]);
    }
    (void)close(line[1]);
    given[0] = call_pidfd_open(child);
    if (given[0] == -1) fail(errno, "pid 1 of the session cannot be held");
    if (recv(line[0], &greeting, 1, 0) != 1) _exit(FAILED); /* it has said why */
    control_send("ready", given, plan->views + 1);
    keep(control, child, given[0]);
}

void join(int holder) {
    one_group();
    int own = CLONE_NEWUSER | CLONE_NEWNS | (without(WALL_PROCESSES) ? 0 : CLONE_NEWPID | CLONE_NEWIPC);
    if (setns(holder, own | (without(WALL_SESSION_NETWORK) ? 0 : CLONE_NEWNET)) == -1)
        fail(errno, "the session's namespaces cannot be entered (is it over?)");
}

/* The user namespace alone: with its capabilities, and without its tree. */
void join_as_owner(int holder) {
    one_group();
    if (setns(holder, CLONE_NEWUSER) == -1) fail(errno, "the session cannot be entered (is it over?)");
}
