#define _GNU_SOURCE
#include "jx1.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TICKET = 32, STREAMS = 3, MAX_ENVIRONMENT = 1 << 20, MAX_HEARD = JX1_MAX_SENTENCE + 128 };

extern char **environ;

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

struct heard {
    char text[MAX_HEARD];
    size_t size;
};

int jx1_granted(char *answer, size_t size, const char **place, const char **ticket) {
    size_t length = strnlen(answer, size);
    *place = answer;
    *ticket = answer + length + 1;
    return length > 0 && answer[0] == '/' && size == length + 1 + TICKET && strlen(*ticket) == TICKET ? 0 : -1;
}

static int not_started(char sentence[JX1_MAX_SENTENCE], const char *why) {
    snprintf(sentence, JX1_MAX_SENTENCE, "%s", why);
    return JX1_NOT_STARTED;
}

static int send_all(int keeper, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(keeper, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        data += sent;
        size -= (size_t)sent;
    }
    return 0;
}

/* The first words, with the three streams beside them. */
static int send_streams(int keeper, char *words, size_t size) {
    int streams[STREAMS] = {0, 1, 2};
    union {
        char room[CMSG_SPACE(sizeof streams)];
        struct cmsghdr aligned;
    } beside = {{0}};
    struct iovec part = {.iov_base = words, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = beside.room, .msg_controllen = sizeof beside.room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof streams);
    memcpy(CMSG_DATA(head), streams, sizeof streams);
    ssize_t sent = sendmsg(keeper, &message, MSG_NOSIGNAL);
    return sent <= 0 ? -1 : send_all(keeper, words + sent, size - (size_t)sent);
}

static int introduce(int keeper, const char *ticket) {
    size_t size = 0;
    char words[128];
    for (char **each = environ; *each != NULL; each++) size += strlen(*each) + 1;
    if (size > MAX_ENVIRONMENT) return -1;
    int written = snprintf(words, sizeof words, "JX1 %s 0 %zu\n", ticket, size);
    if (send_streams(keeper, words, (size_t)written) != 0) return -1;
    for (char **each = environ; *each != NULL; each++)
        if (send_all(keeper, *each, strlen(*each) + 1) != 0) return -1;
    return 0;
}

/* What the keeper said so far: the exit code, -1 where the end is still to come. A visit that is over without one has
 * its sentence. */
static int ended(struct heard *heard, int closed, char sentence[JX1_MAX_SENTENCE]) {
    heard->text[heard->size] = '\0';
    char *line = heard->text;
    if (strncmp(line, "JX1 started\n", 12) == 0) line += 12;
    char *newline = strchr(line, '\n');
    int code = -1, length = -1;
    if (newline != NULL && sscanf(line, "JX1 exit %d\n", &code) == 1 && code >= 0 && code <= 255) return code;
    if (newline != NULL && sscanf(line, "JX1 failed %d\n", &length) == 1 && length >= 0) {
        size_t there = heard->size - (size_t)(newline + 1 - heard->text);
        if (closed || there >= (size_t)length || heard->size == MAX_HEARD - 1)
            return not_started(sentence, there > 0 ? newline + 1 : "the session's keeper gave no reason");
    }
    return closed ? not_started(sentence, "the session's keeper went away, and what ran with it") : -1;
}

static void forward(int keeper, int signals) {
    struct signalfd_siginfo arrived;
    char words[32];
    if (read(signals, &arrived, sizeof arrived) != sizeof arrived) return;
    int size = snprintf(words, sizeof words, "JX1 signal %u\n", arrived.ssi_signo);
    (void)send_all(keeper, words, (size_t)size);
}

static int attend(int keeper, int signals, char sentence[JX1_MAX_SENTENCE]) {
    struct heard heard = {.size = 0};
    struct pollfd either[2] = {{.fd = keeper, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        if (poll(either, 2, -1) < 0 && errno != EINTR) return not_started(sentence, "waiting for the program failed");
        if (either[1].revents & POLLIN) forward(keeper, signals);
        if (either[0].revents == 0) continue;
        ssize_t got = recv(keeper, heard.text + heard.size, MAX_HEARD - 1 - heard.size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got > 0) heard.size += (size_t)got;
        int code = ended(&heard, got <= 0, sentence);
        if (code >= 0) return code;
    }
}

/* A socket's own name has 107 bytes at most (unix(7)); a longer path is reached through its directory's descriptor. */
static int address(const char *place, struct sockaddr_un *to) {
    char directory[PATH_MAX];
    const char *name = strrchr(place, '/');
    size_t size = strlen(place);
    if (size < sizeof to->sun_path) {
        memcpy(to->sun_path, place, size + 1);
        return 0;
    }
    if (name == NULL || (size_t)(name - place) >= sizeof directory) return -1;
    memcpy(directory, place, (size_t)(name - place));
    directory[name - place] = '\0';
    int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int written = snprintf(to->sun_path, sizeof to->sun_path, "/proc/self/fd/%d%s", fd, name);
    return fd < 0 || written < 0 || (size_t)written >= sizeof to->sun_path ? -1 : 0;
}

int jx1_visit(const char *place, const char *ticket, char sentence[JX1_MAX_SENTENCE]) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    sigset_t these;
    sentence[0] = '\0';
    if (address(place, &to) != 0) return not_started(sentence, "the session's socket is not where it was");
    sigemptyset(&these);
    for (size_t each = 0; each < sizeof forwarded / sizeof *forwarded; each++) sigaddset(&these, forwarded[each]);
    sigprocmask(SIG_BLOCK, &these, NULL);
    int signals = signalfd(-1, &these, SFD_CLOEXEC | SFD_NONBLOCK);
    int keeper = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (signals < 0 || keeper < 0) return not_started(sentence, "no descriptor is free");
    if (connect(keeper, (struct sockaddr *)&to, sizeof to) != 0)
        return not_started(sentence, "the session's keeper does not answer; nothing runs");
    /* A keeper that refuses says why before it closes: what it said is read even where it did not listen to the end. */
    (void)introduce(keeper, ticket);
    return attend(keeper, signals, sentence);
}
