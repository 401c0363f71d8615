/* What the starter is told, over a SOCK_SEQPACKET socket: one message, or two, each with its descriptors.
 *
 * The program's own output is never used for this: descriptors 0, 1 and 2 belong to it.
 */
#include "launch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_TEXT = 1024, MAX_PASSED = MAX_LISTENERS + 8 };

static int control = -1;

void control_use(int fd) { control = fd; }

/* Returns 0, or -1 with errno. */
static int transmit(const char *text, const int *descriptors, size_t count) {
    union { struct cmsghdr header; char room[CMSG_SPACE(MAX_PASSED * sizeof(int))]; } passed;
    struct iovec body = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr message = {.msg_iov = &body, .msg_iovlen = 1};
    ssize_t sent;
    if (count > MAX_PASSED) return errno = E2BIG, -1;
    memset(&passed, 0, sizeof passed);
    if (count > 0) {
        message.msg_control = &passed;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    }
    do sent = sendmsg(control, &message, MSG_NOSIGNAL);
    while (sent == -1 && errno == EINTR);
    return sent == -1 ? -1 : 0;
}

/* Without its starter a sandbox must not start: nobody would stop it. */
void control_send(const char *text, const int *descriptors, size_t count) {
    if (transmit(text, descriptors, count) == -1) _exit(FAILED);
}

static _Noreturn void leave(int code, int error, const char *format, va_list values) {
    char text[MAX_TEXT] = "failed ";
    size_t size = strlen(text);
    int wrote = vsnprintf(text + size, sizeof text - size - 128, format, values);
    size += wrote < 0 ? 0 : (size_t)wrote;
    if (size > sizeof text - 129) size = sizeof text - 129;
    if (error != 0) (void)snprintf(text + size, sizeof text - size, ": %s", strerror(error));
    if (control != -1) {
        (void)transmit(text, NULL, 0);
    } else {
        (void)!write(STDERR_FILENO, text, strlen(text));
        (void)!write(STDERR_FILENO, "\n", 1);
    }
    _exit(code);
}

void fail(int error, const char *format, ...) {
    va_list values;
    va_start(values, format);
    leave(FAILED, error, format, values);
}

void fail_with(int code, int error, const char *format, ...) {
    va_list values;
    va_start(values, format);
    leave(code, error, format, values);
}
