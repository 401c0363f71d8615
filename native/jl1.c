#define _GNU_SOURCE
#include "jl1.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS; the programs ignore SIGPIPE */
#endif
#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif

#define MAX_LINE 64           /* the longest header: "JL1 reply 126 16777216 16777216\n" has 33 bytes */
#define MAX_DIGITS 8          /* 16 MiB has eight */
#define MAX_MS 86400000L      /* a day */
#define START_MS 10000L       /* a guard that is started has this long to listen, on a busy machine too */
#define RETRY_MS 5            /* between two attempts to connect while it starts */

extern char **environ;

const struct jl1_where JL1_DEFAULTS = {NULL, NULL, 4000, 600000, 0};

/* ---------------------------------------------------------------------------------------------- time and options */

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long earlier(long one, long other) { return one < other ? one : other; }

/* A decimal number of `digits` at most, no sign, no space, nothing after `end`; -1 otherwise. */
static long number(const char *text, const char *end, int digits) {
    long value = 0;
    if (text == end || end - text > digits) return -1;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') return -1;
        value = value * 10 + (*text - '0');
    }
    return value;
}

int jl1_option(int argc, char **argv, int *at, struct jl1_where *where) {
    static const char *const names[] = {"--socket", "--start", "--deadline", "--limit", "--owner"};
    int which = 0;
    while (which < 5 && strcmp(argv[*at], names[which]) != 0) which++;
    if (which == 5) return 0;
    if (*at + 1 >= argc) return -1;
    const char *value = argv[*at + 1];
    *at += 2;
    if (which < 2) {
        if (value[0] != '/') return -1;
        *(which == 0 ? &where->socket : &where->start) = value;
        return 1;
    }
    long amount = number(value, value + strlen(value), 10);
    if (amount < 0 || (which < 4 && (amount == 0 || amount > MAX_MS))) return -1;
    if (which == 2) where->silence_ms = amount;
    if (which == 3) where->limit_ms = amount;
    if (which == 4) where->owner = (uid_t)amount;
    return 1;
}

/* -------------------------------------------------------------------------------------------------- bytes in and out */

void jl1_standard_descriptors(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd) _exit(2);
}

/* Wait until `fd` is ready or `until` has passed: 1, 0, or -1 on an error. */
static int ready(int fd, short events, long until) {
    for (;;) {
        long left = until - now_ms();
        if (left <= 0) return 0;
        struct pollfd one = {.fd = fd, .events = events};
        int found = poll(&one, 1, (int)left);
        if (found > 0) return 1;
        if (found < 0 && errno != EINTR && errno != EAGAIN) return -1;
    }
}

const char *jl1_slurp(int fd, const struct jl1_where *where, struct jl1_bytes *into) {
    size_t room = 65536;
    long limit = now_ms() + where->limit_ms;
    into->size = 0;
    into->data = malloc(room);
    while (into->data != NULL) {
        if (ready(fd, POLLIN, earlier(limit, now_ms() + where->silence_ms)) != 1) return "the request did not arrive whole";
        ssize_t got = read(fd, into->data + into->size, room - into->size);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return "the request could not be read";
        if (got == 0) return NULL;
        into->size += (size_t)got;
        if (into->size > JL1_MAX_BODY) return "the request is over 16 MiB";
        if (into->size == room) {
            char *larger = realloc(into->data, room *= 2);
            if (larger == NULL) return "there is no memory for the request";
            into->data = larger;
        }
    }
    return "there is no memory for the request";
}

int jl1_write(int fd, struct jl1_bytes bytes) {
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.data, bytes.size);
        if (put < 0 && errno == EAGAIN) {
            struct pollfd one = {.fd = fd, .events = POLLOUT};
            if (poll(&one, 1, -1) < 0 && errno != EINTR) return -1;
            continue;
        }
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return -1;
        bytes.data += put;
        bytes.size -= (size_t)put;
    }
    return 0;
}

void jl1_complain(const char *problem) {
    char sentence[512];
    int size = snprintf(sentence, sizeof sentence,
                        "Jackline: the guard does not answer (%s), so nothing was run; run `jackline doctor`\n", problem);
    if (size < 0) return;
    if ((size_t)size >= sizeof sentence) size = (int)sizeof sentence - 1;
    (void)!jl1_write(STDERR_FILENO, (struct jl1_bytes){sentence, (size_t)size});
}

/* ------------------------------------------------------------------------------------------------- reaching the guard */

/* The socket's address: as given, else in the runtime directory. Returns NULL, or what failed. */
static const char *address(const char *given, struct sockaddr_un *to) {
    const char *own = getenv("JACKLINE_RUNTIME_DIR"), *session = getenv("XDG_RUNTIME_DIR");
    size_t room = sizeof to->sun_path;
    int size;
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    if (given != NULL) size = snprintf(to->sun_path, room, "%s", given);
    else if (own != NULL && own[0] == '/') size = snprintf(to->sun_path, room, "%s/guard.sock", own);
    else if (session != NULL && session[0] == '/') size = snprintf(to->sun_path, room, "%s/jackline/guard.sock", session);
    else size = snprintf(to->sun_path, room, "/tmp/jackline-%lu/guard.sock", (unsigned long)geteuid());
    return size < 0 || (size_t)size >= room ? "the path of its socket is too long" : NULL;
}

static int trusted(uid_t uid, uid_t owner) { return uid == 0 || uid == geteuid() || uid == owner; }

static int peer(int fd, uid_t *uid) {
#ifdef SO_PEERCRED
    struct ucred who;
    socklen_t size = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return -1;
    *uid = who.uid;
    return 0;
#else
    gid_t group;
    return getpeereid(fd, uid, &group);
#endif
}

/* Connect once. Returns the descriptor, or -1 with errno; a full backlog is waited out until `until`. */
static int knock(const struct sockaddr_un *to, long until) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    while (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
        int problem = errno;
        if (problem == EISCONN) break;
        if ((problem == EAGAIN || problem == EINTR || problem == EINPROGRESS || problem == EALREADY) && now_ms() < until) {
            poll(NULL, 0, RETRY_MS);
            continue;
        }
        close(fd);
        errno = problem;
        return -1;
    }
    return fd;
}

static int nobody_listens(int problem) { return problem == ENOENT || problem == ECONNREFUSED; }

/* The directory that holds the socket, made if need be; ours or a trusted owner's, and writable by nobody else. */
static int open_directory(const struct sockaddr_un *to, uid_t owner) {
    char path[sizeof to->sun_path];
    struct stat about;
    memcpy(path, to->sun_path, sizeof path);
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return -1;
    *slash = '\0';
    (void)mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    if (fstat(fd, &about) == 0 && trusted(about.st_uid, owner) && (about.st_mode & 022) == 0) return fd;
    close(fd);
    return -1;
}

/* Variables by which another program could be made of the guard's: the loader's and Python's. */
static void clean_environment(void) {
    size_t kept = 0;
    for (size_t each = 0; environ[each] != NULL; each++)
        if (strncmp(environ[each], "LD_", 3) != 0 && strncmp(environ[each], "DYLD_", 5) != 0 &&
            strncmp(environ[each], "PYTHON", 6) != 0)
            environ[kept++] = environ[each];
    environ[kept] = NULL;
}

/* Run the guard's program in a session of its own, away from the client's terminal and pipes. */
static pid_t spawn(const char *program) {
    pid_t child = fork();
    if (child != 0) return child;
    int null = open("/dev/null", O_RDWR);
    if (setsid() < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) _exit(127);
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < (most > 0 && most < 4096 ? most : 4096); fd++) close(fd);
    signal(SIGPIPE, SIG_DFL);
    clean_environment();
    if (chdir("/") != 0) _exit(127);
    execl(program, program, (char *)NULL);
    _exit(127);
}

/* Start the guard unless another client is doing so, and connect to it. One starter at a time, by a lock file. */
static int start(const struct jl1_where *where, const struct sockaddr_un *to, const char **problem) {
    long until = now_ms() + earlier(START_MS, where->limit_ms);
    int directory = open_directory(to, where->owner), fd = -1, status = 0;
    pid_t child = 0;
    if (directory < 0) return *problem = "its runtime directory is missing or not safe", -1;
    int lock = openat(directory, "start.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    close(directory);
    if (lock < 0) return *problem = "its start could not be locked", -1;
    *problem = "it did not start in time";
    for (int locked = 0; now_ms() < until; poll(NULL, 0, RETRY_MS)) {
        if (!locked && flock(lock, LOCK_EX | LOCK_NB) == 0) locked = 1;
        fd = knock(to, until);
        if (fd >= 0 || !nobody_listens(errno)) break;
        if (!locked) continue;
        if (child == 0) child = spawn(where->start);
        if (child < 0 || (waitpid(child, &status, WNOHANG) == child && status != 0)) {
            *problem = "it could not be started";
            break;
        }
    }
    close(lock);
    return fd;
}

static int reach(const struct jl1_where *where, const char **problem) {
    struct sockaddr_un to;
    uid_t uid = 0;
    *problem = address(where->socket, &to);
    if (*problem != NULL) return -1;
    int fd = knock(&to, now_ms() + where->silence_ms);
    if (fd < 0) {
        *problem = nobody_listens(errno) ? "nobody listens on its socket" : "its socket cannot be reached";
        if (where->start == NULL || !nobody_listens(errno)) return -1;
        fd = start(where, &to, problem);
        if (fd < 0) return -1;
    }
    if (peer(fd, &uid) == 0 && trusted(uid, where->owner)) return fd;
    close(fd);
    *problem = "its socket belongs to another user";
    return -1;
}

/* ------------------------------------------------------------------------------------------------- the conversation */

static const char LATE[] = "it was silent for too long";
static const char CLOSED[] = "it closed the connection";
static const char MALFORMED[] = "its reply is malformed";

static const char *send_all(int fd, const char *data, size_t size, long until) {
    while (size > 0) {
        if (ready(fd, POLLOUT, until) != 1) return LATE;
        ssize_t put = send(fd, data, size, MSG_NOSIGNAL);
        if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (put < 0) return CLOSED;
        data += put;
        size -= (size_t)put;
    }
    return NULL;
}

/* Receive exactly `size` bytes. */
static const char *receive(int fd, char *data, size_t size, long until) {
    while (size > 0) {
        if (ready(fd, POLLIN, until) != 1) return LATE;
        ssize_t got = recv(fd, data, size, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) return CLOSED;
        data += got;
        size -= (size_t)got;
    }
    return NULL;
}

/* Receive one line and no byte more: its bytes are looked at first, then taken. */
static const char *receive_line(int fd, char line[MAX_LINE + 1], long until) {
    size_t size = 0;
    while (size < MAX_LINE) {
        if (ready(fd, POLLIN, until) != 1) return LATE;
        ssize_t seen = recv(fd, line + size, MAX_LINE - size, MSG_PEEK);
        if (seen < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (seen <= 0) return CLOSED;
        char *end = memchr(line + size, '\n', (size_t)seen);
        size_t take = end != NULL ? (size_t)(end - line) + 1 - size : (size_t)seen;
        const char *problem = receive(fd, line + size, take, until);
        if (problem != NULL) return problem;
        size += take;
        if (end == NULL) continue;
        line[size - 1] = '\0';
        return strlen(line) == size - 1 ? NULL : MALFORMED;
    }
    return MALFORMED;
}

/* `JL1 reply EXIT OUT ERR`, decimal, one space between. */
static const char *parse_reply(const char *line, struct jl1_reply *reply) {
    static const char magic[] = "JL1 reply ";
    if (strncmp(line, magic, sizeof magic - 1) != 0) return MALFORMED;
    const char *first = line + sizeof magic - 1, *second = strchr(first, ' ');
    const char *third = second != NULL ? strchr(second + 1, ' ') : NULL;
    if (third == NULL) return MALFORMED;
    long status = number(first, second, 3), out = number(second + 1, third, MAX_DIGITS);
    long err = number(third + 1, third + 1 + strlen(third + 1), MAX_DIGITS);
    if (status < 0 || status > 255 || out < 0 || out > JL1_MAX_BODY || err < 0 || err > JL1_MAX_BODY) return MALFORMED;
    reply->exit = (int)status;
    reply->out.size = (size_t)out;
    reply->err.size = (size_t)err;
    return NULL;
}

static const char *converse(int fd, const struct jl1_where *where, const char *subject, struct jl1_bytes body,
                            struct jl1_reply *reply) {
    char line[MAX_LINE + 1], header[128];
    long limit = now_ms() + where->limit_ms;
    int size = snprintf(header, sizeof header, "JL1 %s %zu\n", subject, body.size);
    if (size < 0 || (size_t)size >= sizeof header) return "the request has too long a name";
    const char *unsent = send_all(fd, header, (size_t)size, earlier(limit, now_ms() + where->silence_ms));
    if (unsent == NULL) unsent = send_all(fd, body.data, body.size, earlier(limit, now_ms() + where->silence_ms));
    if (unsent == LATE) return unsent; /* a guard that refuses early may have closed its half: its reply is still there */
    (void)shutdown(fd, SHUT_WR);
    const char *problem;
    do {
        problem = receive_line(fd, line, earlier(limit, now_ms() + where->silence_ms));
        if (problem != NULL) return problem;
    } while (strcmp(line, "JL1 wait") == 0);
    problem = parse_reply(line, reply);
    if (problem != NULL) return problem;
    reply->out.data = malloc(reply->out.size + 1);
    reply->err.data = malloc(reply->err.size + 1);
    if (reply->out.data == NULL || reply->err.data == NULL) return "there is no memory for its reply";
    reply->out.data[reply->out.size] = reply->err.data[reply->err.size] = '\0';
    long until = earlier(limit, now_ms() + where->silence_ms);
    problem = receive(fd, reply->out.data, reply->out.size, until);
    return problem != NULL ? problem : receive(fd, reply->err.data, reply->err.size, until);
}

const char *jl1_ask(const struct jl1_where *where, const char *subject, struct jl1_bytes body, struct jl1_reply *reply) {
    const char *problem;
    int fd = reach(where, &problem);
    if (fd < 0) return problem;
    problem = converse(fd, where, subject, body, reply);
    close(fd);
    return problem;
}
