/* The plan as it was understood, in the form in which it is read: what is written and what is read cannot drift apart
 * unseen, for a test compares them over generated plans. */
#define _GNU_SOURCE
#include "launch.h"

#include <stdio.h>
#include <unistd.h>

static FILE *out;

static void put(const char *text) { (void)fputs(text, out), (void)fputc('\0', out); }
static void put_pair(const char *keyword, const char *value) { put(keyword), put(value); }
static void put_number(unsigned long long value) { (void)fprintf(out, "%llu", value), (void)fputc('\0', out); }

static void put_ports(const struct ports *ports, const char *limited, const char *keyword) {
    if (ports->limited) put(limited);
    for (size_t at = 0; at < ports->count; at++) put(keyword), put_number(ports->port[at]);
}

static void put_mount(const struct mount *mount) {
    static const char *const kinds[] = {"read", "write", "hide", "tmpfs", "proc", "dev"};
    put_pair("mount", kinds[mount->kind]);
    put_pair(mount->target, mount->source);
    put_number(mount->size), put_number(mount->mode), put_number((unsigned)mount->optional);
    if (mount->direct) put("direct");
}

static void put_switches(const struct plan *plan) {
    if (plan->observed) put("observed");
    if (plan->terminal) put("terminal");
    if (plan->signals) put("signals");
    if (plan->no_landlock) put_pair("without", "landlock");
    if (plan->no_seccomp) put_pair("without", "seccomp");
}

void plan_show(const struct plan *plan, int fd) {
    static const char *const limits[] = {"cpu_seconds", "open_files", "file_bytes", "processes", "core_bytes", "memory_bytes"};
    if ((out = fdopen(fd, "w")) == NULL) fail(0, "the output cannot be written");
    put("jackline-plan-1");
    for (size_t at = 0; at < plan->words; at++) put_pair("argv", plan->argv[at]);
    for (size_t at = 0; at < plan->variables; at++) put_pair("env", plan->environment[at]);
    if (plan->cwd != NULL) put_pair("cwd", plan->cwd);
    if (plan->hostname != NULL) put_pair("hostname", plan->hostname);
    for (size_t at = 0; at < plan->mounts; at++) put_mount(&plan->mount[at]);
    for (size_t at = 0; at < plan->listeners; at++) {
        put_pair("listen", plan->listener[at].datagram ? "udp" : "tcp");
        put(plan->listener[at].address), put_number(plan->listener[at].port);
    }
    put_ports(&plan->connects, "connects", "connect");
    put_ports(&plan->binds, "binds", "bind");
    for (size_t at = 0; at < LIMITS; at++)
        if (plan->limit[at] != UNLIMITED) put_pair("limit", limits[at]), put_number(plan->limit[at]);
    put_switches(plan);
    for (size_t at = 0; at < plan->views; at++) {
        put_pair("view", plan->view[at].lower);
        put(plan->view[at].upper), put_pair(plan->view[at].work, plan->view[at].at);
    }
    put("end");
    if (fclose(out) != 0) fail(0, "the output cannot be written");
}
