/* One question to the resident guard, over the protocol JL1, as the two hook programs ask it.
 *
 * In: what to ask, where the guard listens, how long to wait. Out: the whole reply, or one phrase that says what failed.
 * Guaranteed: no call blocks past its deadline; nothing is printed; a reply that is late, cut short, malformed or from
 * another user's process is no reply. The Python twin (src/jackline/hook_client/twin.py) behaves alike, and one
 * test-suite (tests/native/) runs over both.
 */
#ifndef JACKLINE_JL1_H
#define JACKLINE_JL1_H

#include <stddef.h>
#include <sys/types.h>

#define JL1_MAX_BODY (16 * 1024 * 1024) /* bytes, of a request and of a reply's output */
#define JL1_MAX_OWNERS 4

struct jl1_where {
    const char *socket;  /* the guard's socket; NULL: the runtime directory's */
    const char *start;   /* absolute path of the guard's program, run when nobody listens; NULL: never */
    long silence_ms;     /* the longest silence between two lines of the guard */
    long limit_ms;       /* the longest wait in all, keep-alive lines or not */
    uid_t owner;         /* a uid whose guard is trusted beside root's and our own (managed mode) */
};

struct jl1_bytes {
    char *data;
    size_t size;
};

struct jl1_reply {
    int exit;
    struct jl1_bytes out, err;
};

extern const struct jl1_where JL1_DEFAULTS;

/* Take one option (`--socket PATH`, `--start PROGRAM`, `--deadline MS`, `--limit MS`, `--owner UID`) from argv[*at] and
 * move *at past it. Returns 1 if it did, 0 if argv[*at] is no option of these, -1 if its value is missing or wrong. */
int jl1_option(int argc, char **argv, int *at, struct jl1_where *where);

/* Open descriptors 0, 1 and 2 where the caller closed them, so that no socket is ever taken for one of them. */
void jl1_standard_descriptors(void);

/* Read a descriptor to its end into `into` (at most JL1_MAX_BODY bytes). Returns NULL, or what failed. */
const char *jl1_slurp(int fd, const struct jl1_where *where, struct jl1_bytes *into);

/* Ask; `subject` is the header's kind and name ("hook claude"). Returns NULL, or what failed. */
const char *jl1_ask(const struct jl1_where *where, const char *subject, struct jl1_bytes body, struct jl1_reply *reply);

/* Write all of `bytes`; returns 0, or -1. */
int jl1_write(int fd, struct jl1_bytes bytes);

/* Say in one sentence on standard error that nothing runs, and why. */
void jl1_complain(const char *problem);

#endif
