/* The plan's reader: records, each a keyword and its values, every one of them a text that ends with a NUL byte.
 *
 * In: a descriptor. Out: a whole `struct plan`, or the end of the program with one sentence. Strict, for what it
 * misreads is what is not contained: an unknown keyword, a number with a sign or a leading zero, a record given twice, a
 * path that is not absolute or has a `..` in it, anything after `end`, and a plan without `end` are all refused.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER "jackline-plan-1"

static struct plan plan;
static char text[MAX_PLAN + 1];

static uint64_t number(const char *digits, uint64_t most) {
    uint64_t value = 0;
    size_t size = strspn(digits, "0123456789");
    if (size == 0 || size > 19 || digits[size] != '\0' || (digits[0] == '0' && size > 1))
        fail(0, "the plan has `%.40s` where a number is wanted", digits);
    for (; *digits != '\0'; digits++) value = value * 10 + (uint64_t)(*digits - '0');
    if (value > most) fail(0, "the plan has a number that is too large, %llu", (unsigned long long)value);
    return value;
}

static int flag(const char *digit) { return (int)number(digit, 1); }

static const char *path(const char *name) {
    const char *part = name;
    if (name[0] != '/' || strlen(name) >= PATH_MAX) fail(0, "the plan has `%.200s` where an absolute path is wanted", name);
    for (; (part = strstr(part, "/..")) != NULL; part++)
        if (part[3] == '/' || part[3] == '\0') fail(0, "the plan has a path that leads upwards, `%.200s`", name);
    return name;
}

static size_t name_of(const char *word, const char *const *names, size_t count, const char *what) {
    for (size_t at = 0; at < count; at++)
        if (strcmp(word, names[at]) == 0) return at;
    fail(0, "the plan has `%.40s` where a %s is wanted", word, what);
}

static void room(size_t used, size_t most, const char *what) {
    if (used >= most) fail(0, "the plan has more than %zu %s", most, what);
}

static void once(int given, const char *what) {
    if (given) fail(0, "the plan gives its %s twice", what);
}

static void take_argv(char **value) {
    room(plan.words, MAX_WORDS, "arguments");
    plan.argv[plan.words++] = value[0];
}

static void take_environment(char **value) {
    room(plan.variables, MAX_WORDS, "variables");
    if (value[0][0] == '=' || strchr(value[0], '=') == NULL) fail(0, "the plan has `%.40s` where a variable is wanted", value[0]);
    plan.environment[plan.variables++] = value[0];
}

static void take_cwd(char **value) {
    once(plan.cwd != NULL, "directory");
    plan.cwd = path(value[0]);
}

static void take_hostname(char **value) {
    once(plan.hostname != NULL, "host name");
    if (value[0][0] == '\0' || strlen(value[0]) > 64) fail(0, "the plan's host name must have 1 to 64 bytes");
    plan.hostname = value[0];
}

static void take_mount(char **value) {
    static const char *const kinds[] = {"read", "write", "hide", "tmpfs", "proc", "dev"};
    struct mount *mount = &plan.mount[plan.mounts];
    room(plan.mounts, MAX_MOUNTS, "mounts");
    mount->kind = (enum kind)name_of(value[0], kinds, sizeof kinds / sizeof *kinds, "kind of mount");
    mount->target = path(value[1]);
    mount->source = mount->kind == READ || mount->kind == WRITE ? path(value[2]) : value[2];
    mount->size = number(value[3], INT64_MAX);
    mount->mode = (unsigned)number(value[4], 01777);
    mount->optional = flag(value[5]);
    mount->tree = -1;
    if (mount->kind != READ && mount->kind != WRITE && value[2][0] != '\0')
        fail(0, "the plan gives a source to `%.200s`, which has none", mount->target);
    if (mount->kind == TMPFS && mount->size == 0) fail(0, "the plan sets no size for the file system at `%.200s`", mount->target);
    plan.mounts++;
}

static void take_listener(char **value) {
    static const char *const protocols[] = {"tcp", "udp"};
    struct listener *listener = &plan.listener[plan.listeners];
    room(plan.listeners, MAX_LISTENERS, "listeners");
    listener->datagram = (int)name_of(value[0], protocols, 2, "protocol");
    listener->address = value[1];
    listener->port = (unsigned)number(value[2], 65535);
    plan.listeners++;
}

static void take_port(struct ports *ports, const char *value) {
    room(ports->count, MAX_PORTS, "ports");
    if (!ports->limited) fail(0, "the plan names a port and does not limit them");
    ports->port[ports->count++] = (unsigned)number(value, 65535);
}

static void take_connects(char **value) {
    (void)value;
    once(plan.connects.limited, "limit of connects");
    plan.connects.limited = 1;
}

static void take_binds(char **value) {
    (void)value;
    once(plan.binds.limited, "limit of binds");
    plan.binds.limited = 1;
}

static void take_connect(char **value) { take_port(&plan.connects, value[0]); }
static void take_bind(char **value) { take_port(&plan.binds, value[0]); }

static void take_limit(char **value) {
    static const char *const limits[] = {"cpu_seconds", "open_files", "file_bytes", "processes", "core_bytes", "memory_bytes"};
    size_t at = name_of(value[0], limits, LIMITS, "limit");
    once(plan.limit[at] != UNLIMITED, limits[at]);
    plan.limit[at] = number(value[1], INT64_MAX);
}

static void take_switch(int *which, const char *what) {
    once(*which, what);
    *which = 1;
}

static void take_observed(char **value) { (void)value, take_switch(&plan.observed, "observed"); }
static void take_terminal(char **value) { (void)value, take_switch(&plan.terminal, "terminal"); }
static void take_signals(char **value) { (void)value, take_switch(&plan.signals, "signals"); }

#ifdef WITHOUT_WALLS
unsigned left_away;
static const char *const MEASURED[] = {"mounts", "network", "session_network", "processes", "rights"};
#endif

static void take_without(char **value) {
#ifdef WITHOUT_WALLS
    for (unsigned at = 0; at < sizeof MEASURED / sizeof *MEASURED; at++)
        if (strcmp(value[0], MEASURED[at]) == 0) {
            left_away |= 1u << at;
            return;
        }
#endif
    static const char *const walls[] = {"landlock", "seccomp"};
    take_switch(name_of(value[0], walls, 2, "wall") == 0 ? &plan.no_landlock : &plan.no_seccomp, value[0]);
}

static void take_direct(char **value) {
    struct mount *last = &plan.mount[plan.mounts == 0 ? 0 : plan.mounts - 1];
    (void)value;
    if (plan.mounts == 0 || (last->kind != READ && last->kind != WRITE)) fail(0, "the plan says `direct` where nothing is shown");
    take_switch(&last->direct, "direct");
}

static void take_view(char **value) {
    struct view *view = &plan.view[plan.views];
    room(plan.views, MAX_VIEWS, "views");
    *view = (struct view){path(value[0]), path(value[1]), path(value[2]), path(value[3])};
    plan.views++;
}

static const struct record { const char *keyword; size_t values; void (*take)(char **); enum verb verb; } RECORDS[] = {
    {"argv", 1, take_argv, ENTER},         {"env", 1, take_environment, ENTER},    {"cwd", 1, take_cwd, ENTER},
    {"hostname", 1, take_hostname, ENTER}, {"mount", 6, take_mount, ENTER},        {"listen", 3, take_listener, ENTER},
    {"connects", 0, take_connects, ENTER}, {"connect", 1, take_connect, ENTER},    {"binds", 0, take_binds, ENTER},
    {"bind", 1, take_bind, ENTER},         {"limit", 2, take_limit, ENTER},        {"observed", 0, take_observed, ENTER},
    {"terminal", 0, take_terminal, ENTER}, {"signals", 0, take_signals, ENTER},    {"without", 1, take_without, ENTER},
    {"direct", 0, take_direct, ENTER},     {"view", 4, take_view, HOLD},
};

static const struct record *record_of(const char *keyword, enum verb verb) {
    for (size_t at = 0; at < sizeof RECORDS / sizeof *RECORDS; at++)
        if (RECORDS[at].verb == verb && strcmp(keyword, RECORDS[at].keyword) == 0) return &RECORDS[at];
    fail(0, "the plan has an unknown record, `%.40s`", keyword);
}

static size_t slurp(int fd) {
    size_t size = 0;
    for (;;) {
        ssize_t got = read(fd, text + size, sizeof text - size);
        if (got == -1 && errno == EINTR) continue;
        if (got == -1) fail(errno, "the plan cannot be read");
        if (got == 0) return size;
        size += (size_t)got;
        if (size > MAX_PLAN) fail(0, "the plan has more than %d bytes", MAX_PLAN);
    }
}

/* The text at *at, which is moved past its end. `size` ends with a NUL, so there always is one. */
static char *next(size_t *at, size_t size) {
    char *word = text + *at;
    if (*at >= size) fail(0, "the plan is cut short");
    *at += strlen(word) + 1;
    return word;
}

static void whole(enum verb verb) {
    if (verb == HOLD) return;
    if (plan.words == 0) fail(0, "the plan names no program");
    if (plan.cwd == NULL) fail(0, "the plan names no directory");
    if (plan.hostname == NULL) fail(0, "the plan names no host");
}

struct plan *plan_read(int fd, enum verb verb) {
    size_t size = slurp(fd), at = 0;
    for (size_t limit = 0; limit < LIMITS; limit++) plan.limit[limit] = UNLIMITED;
    if (size == 0 || text[size - 1] != '\0') fail(0, "the plan is cut short");
    if (strcmp(next(&at, size), HEADER) != 0) fail(0, "the plan is not one, or of another version");
    for (;;) {
        char *values[6];
        const char *keyword = next(&at, size);
        if (strcmp(keyword, "end") == 0) break;
        const struct record *record = record_of(keyword, verb);
        for (size_t value = 0; value < record->values; value++) values[value] = next(&at, size);
        record->take(values);
    }
    if (at != size) fail(0, "the plan goes on after its end");
    whole(verb);
    return &plan;
}
