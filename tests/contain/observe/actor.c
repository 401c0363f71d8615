/* Does what observers find hard: one act, named by its first argument. Says the last error, if any, on its output. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <unistd.h>

extern char **environ;
static char *shared[] = {"true", "first", NULL};
static char *const PLAIN[] = {"true", NULL};
static volatile int over;

static int await(pid_t child) {
    int status = -1;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
    return status;
}

static void run(char *const *argv, int shared_memory) {
    pid_t child = shared_memory ? vfork() : fork();
    if (child == 0) {
        (void)execve("/bin/true", argv, environ);
        _exit(errno);
    }
    if (child == -1 || await(child) != 0) exit(1);
}

static void *change(void *unused) {
    static char *const WORDS[] = {"first", "second", (char *)16, NULL};
    for (unsigned turn = 0; !over; turn++) ((char *volatile *)shared)[1] = WORDS[turn % 4];
    return unused;
}

static void *several(void *unused) {
    for (int turn = 0; turn < 10; turn++) run(PLAIN, 1);
    return unused;
}

static void with_threads(int count, void *(*what)(void *), void (*meanwhile)(void)) {
    pthread_t threads[8];
    for (int at = 0; at < count; at++) (void)pthread_create(&threads[at], NULL, what, NULL);
    meanwhile();
    over = 1;
    for (int at = 0; at < count; at++) (void)pthread_join(threads[at], NULL);
}

static void nothing(void) {}

/* Words may be gone when the kernel reads them, too: then the exec fails, and that is no matter here. */
static void race(void) {
    for (int turn = 0; turn < 200; turn++) {
        pid_t child = vfork();
        if (child == 0) {
            (void)execve("/bin/true", shared, environ);
            _exit(0);
        }
        (void)await(child);
    }
}

static void from_memory(void) {
    int file = memfd_create("hidden", MFD_CLOEXEC), program = open("/bin/true", O_RDONLY);
    while (sendfile(file, program, NULL, 1 << 20) > 0) continue;
    (void)fexecve(file, PLAIN, environ);
}

static void large(void) {
    static char word[100000], *argv[12] = {"true"};
    memset(word, 'x', sizeof word - 1);
    for (int at = 1; at < 11; at++) argv[at] = word;
    run(argv, 0);
}

static void say(int failed) { printf("%s\n", failed == -1 ? strerror(errno) : "done"), (void)fflush(stdout); }

static void nonsense(void) {
    char *volatile nowhere = (char *)16;
    int unconnected = socket(AF_INET, SOCK_STREAM, 0);
    say(execve(nowhere, PLAIN, environ));
    say(execve("/bin/true", (char **)nowhere, environ));
    say(execve("", PLAIN, environ));
    say((int)syscall(SYS_execveat, 77, "x", PLAIN, environ, 0));
    say(connect(unconnected, (struct sockaddr *)nowhere, 16));
    say((int)syscall(SYS_connect, 77, NULL, 0));
}

static void killed(void) {
    for (int turn = 0; turn < 100; turn++) {
        pid_t child = fork();
        if (child == 0)
            for (;;) {
                pid_t grandchild = vfork();
                if (grandchild == 0) (void)execve("/bin/nothing", PLAIN, environ), _exit(0);
                (void)await(grandchild);
            }
        for (volatile int spin = 0; spin < turn * 2000; spin++) continue;
        (void)kill(child, SIGKILL);
        (void)await(child);
    }
}

static void connects(void) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(4321)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(4322), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/tmp/nobody"}, abstract = {.sun_family = AF_UNIX, .sun_path = "\0hidden"};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const struct { int family; void *address; socklen_t size; } all[] = {
        {AF_INET, &four, sizeof four}, {AF_INET6, &six, sizeof six}, {AF_UNIX, &path, sizeof path},
        {AF_UNIX, &abstract, offsetof(struct sockaddr_un, sun_path) + 7}};
    for (size_t at = 0; at < 4; at++)
        printf("%d\n", connect(socket(all[at].family, SOCK_STREAM, 0), all[at].address, all[at].size) == -1 ? errno : 0);
}

/* The program ends, and what it left behind goes on when it is told to. */
static void behind(void) {
    char byte;
    if (fork() != 0) _exit(0);
    (void)!read(0, &byte, 1);
    run(PLAIN, 0);
    (void)!write(1, "done", 4);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    if (strcmp(argv[1], "storm") == 0) for (int turn = 0; turn < 500; turn++) run(PLAIN, 0);
    if (strcmp(argv[1], "vfork") == 0) run(PLAIN, 1);
    if (strcmp(argv[1], "race") == 0) with_threads(1, change, race);
    if (strcmp(argv[1], "threads") == 0) with_threads(4, several, nothing);
    if (strcmp(argv[1], "memory") == 0) from_memory();
    if (strcmp(argv[1], "large") == 0) large();
    if (strcmp(argv[1], "nonsense") == 0) nonsense();
    if (strcmp(argv[1], "killed") == 0) killed();
    if (strcmp(argv[1], "connects") == 0) connects();
    if (strcmp(argv[1], "behind") == 0) behind();
    return 0;
}
