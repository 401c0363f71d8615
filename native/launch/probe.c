/* `jackline-launch probe`: run inside a sandbox, it tries what each wall is there to refuse, and says how it was answered.
 *
 * One line for each try: its name, and the number of the error, 0 where it succeeded. What an answer means is judged
 * outside (jackline.contain.walls), which knows the walls that were put up. Nothing here changes anything.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "kernel.h"

enum { CLOSED_PORT = 9 };

/* What of the host is tried: a file, a TCP port and a process, all of which are there; the last names a socket, too. */
static const char *file, *port, *process;

static int outcome(long result) { return result == -1 ? errno : 0; }

static int try_path(void) { return outcome(open(file, O_PATH | O_CLOEXEC)); }

static int try_system(void) {
    struct statvfs found;
    if (statvfs("/usr", &found) == -1) return errno;
    return (found.f_flag & ST_RDONLY) != 0 ? EROFS : 0;
}

/* A device of the number 0,0 is one that every user may make, where no Landlock says otherwise. */
static int try_device(void) {
    int result = outcome(mknod("jackline-probe", S_IFCHR | 0600, makedev(0, 0)));
    if (result == 0) (void)unlink("jackline-probe");
    return result;
}

static int connect_to(unsigned number) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = outcome(fd == -1 ? -1 : connect(fd, (const struct sockaddr *)&at, sizeof at));
    if (fd != -1) (void)close(fd);
    return result;
}
static int try_network(void) { return connect_to((unsigned)strtoul(port, NULL, 10)); }
static int try_port(void) { return connect_to(CLOSED_PORT); }

static int try_abstract(void) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t size = (size_t)snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "jackline-probe-%.40s", process);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = outcome(fd == -1 ? -1 : connect(fd, (const struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size)));
    if (fd != -1) (void)close(fd);
    return result;
}

static int try_process(void) { return outcome(kill((pid_t)strtol(process, NULL, 10), 0)); }
static int try_signal(void) { return outcome(kill(1, 0)); }
static int try_filter(void) { return outcome(personality(ADDR_COMPAT_LAYOUT)); }
static int try_ring(void) { return outcome(syscall(CALL_IO_URING_SETUP, 0u, NULL)); }
static int try_namespace(void) { return outcome(unshare(CLONE_NEWUSER)); }

static int try_rights(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &header, data) == -1) return 0;
    int none = (data[0].effective | data[0].permitted | data[0].inheritable | data[1].effective | data[1].permitted | data[1].inheritable) == 0;
    return none && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0 ? EPERM : 0;
}

static const struct { const char *name; int (*made)(void); } TRIES[] = {
    {"path", try_path}, {"system", try_system}, {"device", try_device}, {"network", try_network}, {"port", try_port},
    {"abstract", try_abstract}, {"process", try_process}, {"signal", try_signal}, {"filter", try_filter}, {"ring", try_ring},
    {"rights", try_rights}, {"namespace", try_namespace},
};

int probe(char **given) {
    file = given[0], port = given[1], process = given[2];
    for (size_t at = 0; at < sizeof TRIES / sizeof *TRIES; at++)
        if (printf("%s %d\n", TRIES[at].name, TRIES[at].made()) < 0) return FAILED;
    return fflush(stdout) == 0 ? 0 : FAILED;
}
