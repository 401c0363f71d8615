/* jackline-shell: the shell prefix of a client. It gets one text, asks the guard, and runs what the guard hands back.
 *
 *     jackline-shell TEXT
 *     jackline-shell [--socket PATH] [--start PROGRAM] [--deadline MS] [--limit MS] [--owner UID] [--pass TEXT]… -- TEXT
 *
 * A TEXT equal to one of `--pass` runs unasked: the client also sends its hooks this way, ours among them, and a hook
 * must reach the guard by its own program, which fails closed in the client's own terms. The text that runs is the one
 * that the guard returned, never the one that came in. Exit 126: denied or no answer, 127: there is no shell; with
 * either nothing has run.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jl1.h"

enum { RUN = 0, DENIED = 126, NO_SHELL = 127, MAX_PASS = 8 };

static int refuse(const char *problem) {
    jl1_complain(problem);
    return DENIED;
}

/* The shell that the client would have used: the user's where it is bash or zsh, else bash. */
static const char *shell(void) {
    const char *own = getenv("SHELL");
    const char *name = own != NULL ? strrchr(own, '/') : NULL;
    if (own != NULL && own[0] == '/' && (strcmp(name, "/bash") == 0 || strcmp(name, "/zsh") == 0) && access(own, X_OK) == 0)
        return own;
    return access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/usr/bin/bash";
}

static int run(const char *program, const char *text) {
    signal(SIGPIPE, SIG_DFL);
    execl(program, program, "-c", text, (char *)NULL); /* by its path, as the client does: it stands in error messages */
    jl1_complain("the shell itself could not be started");
    return NO_SHELL;
}

/* cwd, session, the client's pid, text: separated by NUL, which none of them can hold. */
static struct jl1_bytes question(const char *text) {
    struct jl1_bytes body = {NULL, 0};
    char *cwd = getcwd(NULL, 0);
    const char *session = getenv("JACKLINE_SESSION");
    if (cwd == NULL) return body;
    if (session == NULL) session = "";
    size_t room = strlen(cwd) + strlen(session) + strlen(text) + 32;
    body.data = malloc(room);
    if (body.data == NULL) return body;
    body.size = (size_t)snprintf(body.data, room, "%s%c%s%c%ld%c%s", cwd, 0, session, 0, (long)getppid(), 0, text);
    free(cwd);
    return body;
}

int main(int argc, char **argv) {
    struct jl1_where where = JL1_DEFAULTS;
    struct jl1_reply reply = {DENIED, {NULL, 0}, {NULL, 0}};
    const char *passed[MAX_PASS];
    int at = 1, passes = 0, taken = 1;
    jl1_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    if (argc != 2) {
        while (at < argc && strcmp(argv[at], "--") != 0 && taken == 1) {
            taken = jl1_option(argc, argv, &at, &where);
            if (taken == 0 && strcmp(argv[at], "--pass") == 0 && at + 1 < argc && passes < MAX_PASS) {
                passed[passes++] = argv[at + 1];
                at += 2;
                taken = 1;
            }
        }
        at++; /* past `--` */
        if (taken != 1 || at != argc - 1) return refuse("its shell prefix is written wrongly");
    }
    const char *text = argv[at];
    for (int each = 0; each < passes; each++)
        if (strcmp(text, passed[each]) == 0) return run(shell(), text);
    struct jl1_bytes body = question(text);
    if (body.data == NULL) return refuse("the working directory cannot be told");
    if (body.size > JL1_MAX_BODY) return refuse("the request is over 16 MiB");
    const char *problem = jl1_ask(&where, "shell claude", body, &reply);
    if (problem != NULL) return refuse(problem);
    if (reply.exit != RUN && reply.err.size > 0) {
        (void)!jl1_write(STDERR_FILENO, reply.err);
        return DENIED;
    }
    if (reply.exit != RUN || reply.out.size == 0 || strlen(reply.out.data) != reply.out.size)
        return refuse("its reply is not one that a shell may be given");
    return run(shell(), reply.out.data);
}
