/* jackline-launch: what its parts share. main.c tells what the program is; docs/containment.md tells what it is for. */
#ifndef JACKLINE_LAUNCH_H
#define JACKLINE_LAUNCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    MAX_PLAN = 4 * 1024 * 1024, /* bytes */
    MAX_WORDS = 65536,          /* of argv, and of the environment */
    MAX_MOUNTS = 512,
    MAX_LISTENERS = 64,
    MAX_PORTS = 256,
    MAX_VIEWS = 16,
    MAX_GROUPS = 16,
    FAILED = 125 /* exit code: the program was not started */
};

/* What the tests measure each wall with: a build of their own, in which each can be left away. No other build has it. */
#ifdef WITHOUT_WALLS
enum wall { WALL_MOUNTS = 1, WALL_NETWORK = 2, WALL_SESSION_NETWORK = 4, WALL_PROCESSES = 8, WALL_RIGHTS = 16 };
extern unsigned left_away;
#define without(wall) ((left_away & (unsigned)(wall)) != 0)
#else
#define without(wall) 0
#endif

enum verb { HOLD, ENTER };
enum kind { READ, WRITE, HIDE, TMPFS, PROC, DEV };
enum limit { CPU_SECONDS, OPEN_FILES, FILE_BYTES, PROCESSES, CORE_BYTES, MEMORY_BYTES, LIMITS };
#define UNLIMITED UINT64_MAX

struct mount {
    enum kind kind;
    const char *target, *source;
    uint64_t size;
    unsigned mode;
    int optional;
    int direct; /* no link is followed on the way to the source */
    int tree; /* the root of what was mounted, once it is; -1: nothing was */
};
struct listener { int datagram; const char *address; unsigned port; };
struct ports { int limited; size_t count; unsigned port[MAX_PORTS]; };
struct view { const char *lower, *upper, *work, *at; };

struct plan {
    size_t words, variables, mounts, listeners, views;
    char *argv[MAX_WORDS + 1], *environment[MAX_WORDS + 1];
    const char *cwd, *hostname;
    struct mount mount[MAX_MOUNTS];
    struct listener listener[MAX_LISTENERS];
    struct view view[MAX_VIEWS];
    struct ports connects, binds;
    uint64_t limit[LIMITS];
    int observed, terminal, signals, no_landlock, no_seccomp;
};

/* plan.c: read the plan of `verb` from a descriptor, to its end. Whatever is not exactly right ends the program. */
struct plan *plan_read(int fd, enum verb verb);
/* show.c: write the plan as it was understood, in the form in which it is read. */
void plan_show(const struct plan *plan, int fd);

/* control.c: the socket on which the starter is told what happened. */
void control_use(int fd);
void control_send(const char *text, const int *descriptors, size_t count);
_Noreturn void fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fail_with(int code, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* namespaces.c */
_Noreturn void hold(int control, const struct plan *plan);
void join(int holder);
void join_as_owner(int holder);
int lifeline(int fds[2]);
void hang_on(int line);

/* enter.c */
_Noreturn void enter(int control, struct plan *plan, int holder, const int *groups, size_t count);

/* root.c, special.c, mounting.c: the tree that the program sees. */
void root_build(struct plan *plan);
int resolve(int at, const char *path, uint64_t flags, uint64_t how);
int mount_new(const char *type, const char *const options[][2], unsigned attributes);
void mount_at(int tree, int target, const char *path);
int tree_clone(int at, const char *path, unsigned attributes, int whole);
#define NO_DIRECTORY "directory"
#define NO_FILE "file"
void special_proc(int proc, int root);
void special_dev(int dev, int host, int terminal);

/* network.c: returns a descriptor of the network namespace; listeners' descriptors go to `opened`. */
int network_set_up(const struct plan *plan, int *opened);
/* Hand out `count` TCP sockets of `namespace`, whose user namespace has been joined. */
void network_hand_out(int namespace, size_t count);

/* probe.c: tries, from inside, what each wall refuses. */
int probe(char **given);

/* landlock.c, seccomp.c, rights.c: the walls. Each says nothing and ends the program where it cannot be put up. */
int landlock_version(void);
void landlock_restrict(const struct plan *plan);
int seccomp_restrict(int observed);
void rights_limit(const struct plan *plan);
void rights_drop(void);

#endif
