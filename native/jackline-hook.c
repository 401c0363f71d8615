/* jackline-hook: hand one hook call of an agent client to the guard, and the guard's answer back.
 *
 *     jackline-hook [--socket PATH] [--start PROGRAM] [--deadline MS] [--limit MS] [--owner UID] CLIENT
 *
 * Clients run the command when their hook crashes, prints what is not JSON, or exits 1 (measured in three of them), so
 * there are two ways out only: exit 0 with a whole JSON object on standard output, or exit 2 with a reason on standard
 * error. Exit 2 with no text counts as "no decision" in one client: there is always a text.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jl1.h"

enum { SAID = 0, BLOCK = 2 };

/* A name that can stand in the header: `claude`, `gemini`, … */
static int is_name(const char *text) {
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return size > 0 && size <= 32 && text[size] == '\0';
}

/* Not a JSON parser: it tells a whole object from a truncated or foreign text. The guard wrote it in one piece. */
static int is_object(struct jl1_bytes text) {
    static const char space[] = " \t\r\n";
    while (text.size > 0 && strchr(space, text.data[text.size - 1]) != NULL && text.data[text.size - 1] != '\0') text.size--;
    return text.size >= 2 && text.data[0] == '{' && text.data[text.size - 1] == '}';
}

static int block(const char *problem) {
    jl1_complain(problem);
    return BLOCK;
}

int main(int argc, char **argv) {
    struct jl1_where where = JL1_DEFAULTS;
    struct jl1_bytes request = {NULL, 0};
    struct jl1_reply reply = {BLOCK, {NULL, 0}, {NULL, 0}};
    char subject[64];
    int at = 1, taken = 1;
    jl1_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    while (at < argc && (taken = jl1_option(argc, argv, &at, &where)) == 1) continue;
    if (taken == -1 || at != argc - 1 || !is_name(argv[at])) return block("its hook command is written wrongly");
    snprintf(subject, sizeof subject, "hook %s", argv[at]);
    const char *problem = jl1_slurp(STDIN_FILENO, &where, &request);
    if (problem == NULL) problem = jl1_ask(&where, subject, request, &reply);
    if (problem != NULL) return block(problem);
    if (reply.exit == BLOCK) {
        if (reply.err.size == 0 && reply.out.size == 0) return block("it refused without a reason");
        (void)!jl1_write(STDOUT_FILENO, reply.out);
        (void)!jl1_write(STDERR_FILENO, reply.err);
        return BLOCK;
    }
    if (reply.exit != SAID || !is_object(reply.out)) return block("its reply is not one that a client may be given");
    (void)!jl1_write(STDERR_FILENO, reply.err);
    return jl1_write(STDOUT_FILENO, reply.out) == 0 ? SAID : BLOCK;
}
