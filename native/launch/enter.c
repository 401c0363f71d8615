/* One sandbox: its outer half waits and forwards signals, its inner half becomes the program.
 *
 * The outer half stays outside the session's pid namespace, where nothing inside can see it. The inner half is killed
 * when the outer one dies. It builds its tree, opens its network, puts up the walls, and executes: in that order, for
 * each step takes away what the one before still needed.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kernel.h"

enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

/* To the whole foreground group, as a terminal's driver does; the others to the program alone, as kill(1) does. */
static const int TO_GROUP[] = {SIGINT, SIGQUIT, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
static const int TO_PROGRAM[] = {SIGTERM, SIGUSR1, SIGUSR2};

static int watch_signals(void) {
    sigset_t watched;
    (void)sigemptyset(&watched);
    for (size_t at = 0; at < sizeof TO_GROUP / sizeof *TO_GROUP; at++) (void)sigaddset(&watched, TO_GROUP[at]);
    for (size_t at = 0; at < sizeof TO_PROGRAM / sizeof *TO_PROGRAM; at++) (void)sigaddset(&watched, TO_PROGRAM[at]);
    if (sigprocmask(SIG_BLOCK, &watched, NULL) == -1) fail(errno, "signals cannot be kept");
    int fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1) fail(errno, "signals cannot be watched");
    return fd;
}

/* The program leads a session of its own, in which a stop by the terminal has no effect (its group is orphaned): what
 * was asked for is done by the stop that cannot be ignored. */
static void forward(int signals, pid_t child) {
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != sizeof info) return;
    int number = info.ssi_signo == SIGTSTP ? SIGSTOP : (int)info.ssi_signo;
    for (size_t at = 0; at < sizeof TO_GROUP / sizeof *TO_GROUP; at++)
        if ((int)info.ssi_signo == TO_GROUP[at] && kill(-child, number) == 0) return;
    (void)kill(child, number);
}

/* Until the program has ended. It is not reaped before its number is used for the last time. */
static _Noreturn void wait_for(pid_t child, int pidfd, int control, int signals) {
    struct pollfd watched[3] = {
        {.fd = pidfd, .events = POLLIN}, {.fd = signals, .events = POLLIN}, {.fd = control, .events = POLLIN}};
    int status = 0;
    while (watched[0].revents == 0) {
        if (poll(watched, 3, -1) == -1 && errno != EINTR) break;
        if (watched[1].revents != 0) forward(signals, child);
        if (watched[2].revents != 0) (void)call_pidfd_send_signal(pidfd, SIGKILL), watched[2].fd = -1;
    }
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* A stream that is a directory would be a way into the host's tree; one that is a file could be opened again for
 * writing, and only Landlock knows how it was opened. */
static void check_streams(const struct plan *plan) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat found;
        int mode = fcntl(fd, F_GETFL);
        if (mode == -1 || fstat(fd, &found) == -1) fail(errno, "descriptor %d cannot be looked at", fd);
        if (S_ISDIR(found.st_mode) || S_ISBLK(found.st_mode) || S_ISLNK(found.st_mode) || (mode & O_PATH) != 0)
            fail(0, "descriptor %d is no stream", fd);
        if (S_ISREG(found.st_mode) && plan->no_landlock) fail(0, "without Landlock, descriptor %d must not be a file", fd);
    }
}

static void begin_session(const struct plan *plan) {
    if (setsid() == -1) fail(errno, "no session can be begun");
    if (plan->terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) == -1) fail(errno, "descriptor 0 cannot be the session's terminal");
    if (sethostname(plan->hostname, strlen(plan->hostname)) == -1 || setdomainname("(none)", 6) == -1)
        fail(errno, "the host name cannot be set");
}

static const char *variable(const struct plan *plan, const char *name) {
    size_t size = strlen(name);
    for (size_t at = 0; at < plan->variables; at++)
        if (strncmp(plan->environment[at], name, size) == 0 && plan->environment[at][size] == '=')
            return plan->environment[at] + size + 1;
    return "/usr/local/bin:/usr/bin:/bin";
}

/* As execvpe(3), over the plan's PATH, and without its hand-over of unreadable scripts to a shell. */
static _Noreturn void execute(const struct plan *plan) {
    const char *name = plan->argv[0], *part = variable(plan, "PATH");
    int error = ENOENT;
    if (strchr(name, '/') != NULL) {
        (void)execve(name, plan->argv, plan->environment);
        error = errno;
        part = NULL;
    }
    while (part != NULL && name[0] != '\0') {
        char whole[PATH_MAX];
        size_t size = strcspn(part, ":");
        int wrote = snprintf(whole, sizeof whole, "%.*s%s%s", (int)size, part, size == 0 ? "./" : "/", name);
        if (wrote > 0 && (size_t)wrote < sizeof whole) (void)execve(whole, plan->argv, plan->environment);
        if (errno != ENOENT && errno != ENOTDIR) error = errno;
        part = part[size] == ':' ? part + size + 1 : NULL;
    }
    fail_with(error == ENOENT || error == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE, error, "`%.200s` cannot be executed", name);
}

static _Noreturn void become(struct plan *plan, int line) {
    int given[MAX_LISTENERS + 3], notifier = -1;
    char text[32];
    size_t count = 2 + plan->listeners;
    int own = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP | (without(WALL_NETWORK) ? 0 : CLONE_NEWNET);
    hang_on(line);
    if (unshare(own) == -1) fail(errno, "no namespaces can be made");
    begin_session(plan);
    given[0] = call_pidfd_open(getpid());
    given[1] = without(WALL_NETWORK) ? open("/dev/null", O_RDONLY | O_CLOEXEC) : network_set_up(plan, given + 2);
    if (given[0] == -1) fail(errno, "the program cannot be held");
    root_build(plan);
    if (!without(WALL_RIGHTS)) rights_drop();
    if (!plan->no_landlock) landlock_restrict(plan);
    if (call_close_range(STDERR_FILENO + 1, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */) == -1) fail(errno, "descriptors stay open");
    if (!plan->no_seccomp) notifier = seccomp_restrict(plan->observed);
    if (notifier != -1) given[count++] = notifier;
    rights_limit(plan); /* only now: the descriptors opened until here may be more than the program may have */
    (void)snprintf(text, sizeof text, "started %d", plan->no_landlock ? 0 : landlock_version());
    if (notifier != -1 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1) fail(errno, "the program cannot be shown to its observer");
    control_send(text, given, count);
    if (notifier != -1) (void)close(notifier); /* while we held it, a keeper that is gone would be waited for */
    execute(plan);
}

static void join_groups(const int *groups, size_t count) {
    for (size_t at = 0; at < count; at++)
        if (write(groups[at], "0", 1) != 1) fail(errno, "a control group cannot be joined");
}

void enter(int control, struct plan *plan, int holder, const int *groups, size_t count) {
    int line[2], signals = watch_signals();
    check_streams(plan);
    join(holder);
    (void)lifeline(line);
    pid_t child = fork();
    if (child == -1) fail(errno, "the session takes no further process (is it over?)");
    if (child == 0) {
        (void)close(line[0]);
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* until it is the program, it is not its siblings' to look into */
        join_groups(groups, count);
        become(plan, line[1]);
    }
    (void)close(line[1]);
    int pidfd = call_pidfd_open(child);
    if (pidfd == -1) fail(errno, "the program cannot be held");
    wait_for(child, pidfd, control, signals);
}
