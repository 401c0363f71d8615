/* jackline-exec: have one command decided, and run where the guard says.
 *
 *     jackline-exec [--socket PATH] [--start PROGRAM] [--deadline MS] [--limit MS] [--owner UID] -- COMMAND [ARGUMENT]…
 *
 * It runs nothing itself: the guard decides and hands out a ticket, and the session's keeper runs the command in its
 * sandbox on this process's own streams. The exit code is the command's; 126: it was denied, or nobody could be asked;
 * 125: it could not be started.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jl1.h"
#include "jx1.h"

/* cwd, session, the words: separated by NUL, which none of them can hold. */
static struct jl1_bytes question(int count, char **words) {
    struct jl1_bytes body = {NULL, 0};
    char *cwd = getcwd(NULL, 0);
    const char *session = getenv("JACKLINE_SESSION");
    if (cwd == NULL) return body;
    if (session == NULL) session = "";
    size_t room = strlen(cwd) + strlen(session) + 2;
    for (int each = 0; each < count; each++) room += strlen(words[each]) + 1;
    body.data = malloc(room);
    if (body.data == NULL) return body;
    body.size = (size_t)sprintf(body.data, "%s%c%s", cwd, 0, session);
    for (int each = 0; each < count; each++) {
        body.data[body.size++] = '\0';
        size_t length = strlen(words[each]);
        memcpy(body.data + body.size, words[each], length);
        body.size += length;
    }
    free(cwd);
    return body;
}

static int refuse(const char *problem) {
    jl1_complain(problem);
    return JX1_DENIED;
}

int main(int argc, char **argv) {
    struct jl1_where where = JL1_DEFAULTS;
    struct jl1_reply reply = {JX1_DENIED, {NULL, 0}, {NULL, 0}};
    const char *place, *ticket;
    char sentence[JX1_MAX_SENTENCE];
    int at = 1, taken = 1;
    jl1_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    while (at < argc && strcmp(argv[at], "--") != 0 && (taken = jl1_option(argc, argv, &at, &where)) == 1) continue;
    if (taken != 1 || at + 1 >= argc) return refuse("its command line is written wrongly");
    struct jl1_bytes body = question(argc - at - 1, argv + at + 1);
    if (body.data == NULL) return refuse("the working directory cannot be told");
    if (body.size > JL1_MAX_BODY) return refuse("the request is over 16 MiB");
    const char *problem = jl1_ask(&where, "exec user", body, &reply);
    if (problem != NULL) return refuse(problem);
    if (reply.exit != 0) {
        (void)!jl1_write(STDERR_FILENO, reply.err);
        return reply.exit == JX1_NOT_STARTED ? JX1_NOT_STARTED : JX1_DENIED;
    }
    if (jx1_granted(reply.out.data, reply.out.size, &place, &ticket) != 0) return refuse("its reply is no ticket");
    int code = jx1_visit(place, ticket, sentence);
    if (sentence[0] != '\0') fprintf(stderr, "Jackline: %s\n", sentence);
    return code;
}
