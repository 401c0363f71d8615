/* jackline-launch: make a session's namespaces, and start one program in a sandbox of that session.
 *
 *     jackline-launch hold  CONTROL PLAN                   keep a session's namespaces and views until CONTROL closes
 *     jackline-launch enter CONTROL PLAN HOLDER [GROUP…]   run the plan's program in the session whose pid 1 HOLDER is
 *     jackline-launch dial  CONTROL HOLDER NETWORK COUNT   make sockets in a sandbox's network
 *     jackline-launch show  VERB PLAN                      read a plan, and write it to standard output
 *     jackline-launch probe FILE PORT PROCESS              inside a sandbox: try what its walls are there to refuse
 *
 * CONTROL (a SOCK_SEQPACKET socket), PLAN (anything that ends), HOLDER (a pidfd), GROUP (an open `cgroup.procs`) and NETWORK
 * are descriptors' numbers. CONTROL is the lifeline: when its other end closes, everything that was started here ends. Over
 * it goes `ready` with the pidfd of pid 1 and each view's root; or `started N`, N being Landlock's version, with the
 * program's pidfd, its network namespace, the listeners in the plan's order and, if observed, the notifier; or `sockets`;
 * or `failed` and a sentence. The exit code is the program's, 128 and the signal's number, or 125, 126, 127 after `failed`.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel.h"

/* A descriptor's number that leads to an open one, and is none of the program's. */
static int descriptor(const char *digits) {
    char *rest;
    long fd = strtol(digits, &rest, 10);
    if (digits[0] < '0' || digits[0] > '9' || *rest != '\0' || fd <= STDERR_FILENO || fd > 4095) fail(0, "it was called wrongly");
    if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) == -1) fail(errno, "descriptor %ld cannot be used", fd);
    return (int)fd;
}

/* No descriptor that is opened later may be taken for one of the program's streams. */
static void standard_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd == -1) fail(errno, "`/dev/null` cannot be opened");
    (void)close(fd);
}

static int show(char **arguments) {
    enum verb verb = strcmp(arguments[0], "hold") == 0 ? HOLD : ENTER;
    plan_show(plan_read(descriptor(arguments[1]), verb), STDOUT_FILENO);
    return 0;
}

static int dial(char **arguments) {
    char *rest;
    int holder = descriptor(arguments[0]), network = descriptor(arguments[1]);
    unsigned long count = strtoul(arguments[2], &rest, 10);
    if (arguments[2][0] < '0' || arguments[2][0] > '9' || *rest != '\0' || count > MAX_LISTENERS) fail(0, "it was called wrongly");
    join_as_owner(holder);
    network_hand_out(network, count);
    return 0;
}

static _Noreturn void enter_in(int control, int plan, int count, char **arguments) {
    int groups[MAX_GROUPS];
    if (count < 1 || count > 1 + MAX_GROUPS) fail(0, "it was called wrongly");
    for (int at = 1; at < count; at++) groups[at - 1] = descriptor(arguments[at]);
    enter(control, plan_read(plan, ENTER), descriptor(arguments[0]), groups, (size_t)count - 1);
}

int main(int argc, char **argv) {
    standard_descriptors();
    if (getauxval(AT_SECURE) != 0) fail(0, "the launcher must not be installed with privileges");
    if (argc == 4 && strcmp(argv[1], "show") == 0) return show(argv + 2);
    if (argc == 5 && strcmp(argv[1], "probe") == 0) return probe(argv + 2);
    if (argc < 4) fail(0, "it was called wrongly");
    int control = descriptor(argv[2]);
    control_use(control);
    if (argc == 4 && strcmp(argv[1], "hold") == 0) hold(control, plan_read(descriptor(argv[3]), HOLD));
    if (argc == 6 && strcmp(argv[1], "dial") == 0) return dial(argv + 3);
    if (strcmp(argv[1], "enter") == 0) enter_in(control, descriptor(argv[3]), argc - 4, argv + 4);
    fail(0, "it was called wrongly");
}
