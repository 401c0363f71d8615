/* The second wall: what the mounts allow, said to Landlock once more, and what mounts cannot say (landlock(7)).
 *
 * Its rules allow only, and hold for all beneath: they cannot take out a part that the plan hides or makes read-only.
 * Those parts stand on their mounts and their modes.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "kernel.h"

enum {
    EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, MAKE_CHAR = 1 << 6, MAKE_BLOCK = 1 << 11,
    REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15,
    READING = EXECUTE | READ_FILE | READ_DIR,
    ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
    BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT = 1 << 0, SCOPE_SIGNAL = 1 << 1,
    RULE_PATH = 1, RULE_PORT = 2, ASK_VERSION = 1, LOG_AFTER_EXEC = 1 << 1
};

struct ruleset { uint64_t files, network, scoped; };
struct path_rule { uint64_t allowed; int32_t parent; } __attribute__((packed));
struct port_rule { uint64_t allowed, port; };

/* What each version of the interface can restrict. */
static uint64_t files_known(int version) {
    uint64_t known = (1 << 13) - 1;
    if (version >= 2) known |= REFER;
    if (version >= 3) known |= TRUNCATE;
    if (version >= 5) known |= IOCTL_DEV;
    return known;
}

static size_t ruleset_size(int version) { return version < 4 ? 8 : version < 6 ? 16 : 24; }

int landlock_version(void) {
    long version = syscall(CALL_LANDLOCK_CREATE_RULESET, NULL, 0, ASK_VERSION);
    return version < 0 ? 0 : (int)version;
}

static void allow_path(int ruleset, int fd, uint64_t allowed, uint64_t known) {
    struct stat found;
    if (fstat(fd, &found) == -1) fail(errno, "a mount cannot be looked at");
    const struct path_rule rule = {.allowed = allowed & known & (S_ISDIR(found.st_mode) ? ~0ull : ON_FILES), .parent = fd};
    if (rule.allowed != 0 && syscall(CALL_LANDLOCK_ADD_RULE, ruleset, RULE_PATH, &rule, 0) == -1)
        fail(errno, "Landlock does not take a rule");
}

static uint64_t allowed_on(const struct mount *mount, uint64_t known) {
    switch (mount->kind) {
    case READ: return READING;
    case WRITE:
    case TMPFS: return known & ~(uint64_t)(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV);
    case PROC: return READING | WRITE_FILE;
    case DEV: return known & ~(uint64_t)(MAKE_CHAR | MAKE_BLOCK | EXECUTE);
    case HIDE: break;
    }
    return 0;
}

/* The program's own streams may be opened again (`/dev/stdout`), as they were opened, and no further. */
static void allow_streams(int ruleset, uint64_t known) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat found;
        int mode = fcntl(fd, F_GETFL);
        if (mode == -1 || fstat(fd, &found) == -1) fail(errno, "descriptor %d cannot be looked at", fd);
        if (!S_ISREG(found.st_mode) && !S_ISCHR(found.st_mode)) continue;
        uint64_t reads = (mode & O_ACCMODE) != O_WRONLY ? READ_FILE : 0;
        uint64_t writes = (mode & O_ACCMODE) != O_RDONLY ? WRITE_FILE | TRUNCATE : 0;
        allow_path(ruleset, fd, reads | writes | (S_ISCHR(found.st_mode) ? IOCTL_DEV : 0), known);
    }
}

static void allow_ports(int ruleset, const struct ports *ports, uint64_t allowed) {
    for (size_t at = 0; at < ports->count; at++) {
        const struct port_rule rule = {.allowed = allowed, .port = ports->port[at]};
        if (syscall(CALL_LANDLOCK_ADD_RULE, ruleset, RULE_PORT, &rule, 0) == -1) fail(errno, "Landlock does not take a port");
    }
}

void landlock_restrict(const struct plan *plan) {
    int version = landlock_version(), root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint64_t known = files_known(version);
    struct ruleset rules = {.files = known};
    if (version == 0) fail(0, "the kernel has no Landlock, or it is switched off");
    if (version >= 4) rules.network = (plan->connects.limited ? CONNECT_TCP : 0) | (plan->binds.limited ? BIND_TCP : 0);
    if (version >= 6) rules.scoped = SCOPE_ABSTRACT | (plan->signals ? 0 : SCOPE_SIGNAL);
    int ruleset = (int)syscall(CALL_LANDLOCK_CREATE_RULESET, &rules, ruleset_size(version), 0);
    if (ruleset == -1 || root == -1) fail(errno, "Landlock cannot be asked");
    allow_path(ruleset, root, READ_DIR, known);
    for (size_t at = 0; at < plan->mounts; at++)
        if (plan->mount[at].tree != -1) allow_path(ruleset, plan->mount[at].tree, allowed_on(&plan->mount[at], known), known);
    allow_streams(ruleset, known);
    if (rules.network & CONNECT_TCP) allow_ports(ruleset, &plan->connects, CONNECT_TCP);
    if (rules.network & BIND_TCP) allow_ports(ruleset, &plan->binds, BIND_TCP);
    if (syscall(CALL_LANDLOCK_RESTRICT_SELF, ruleset, version >= 7 ? LOG_AFTER_EXEC : 0) == -1)
        fail(errno, "Landlock cannot be put up");
    (void)close(ruleset);
    (void)close(root);
}
