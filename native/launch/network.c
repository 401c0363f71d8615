/* A network of its own: the loopback, and sockets on it that the gateway serves.
 *
 * 198.18.0.0/15 is local to the loopback too: names are answered with its addresses (RFC 2544 keeps them for test
 * beds, so no real host is ever shadowed), and a program that connects to one arrives at the gateway.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, ASK_NAMESPACE = 0x894C /* SIOCGSKNS */ };

static void set_address(int fd, unsigned long request, const char *address) {
    struct ifreq ask = {.ifr_name = "lo:gateway"};
    struct sockaddr_in in = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, address, &in.sin_addr) != 1) fail(0, "`%s` is no address", address);
    memcpy(&ask.ifr_addr, &in, sizeof in);
    if (ioctl(fd, request, &ask) == -1) fail(errno, "the loopback does not take `%s`", address);
}

static void loopback_up(int fd) {
    struct ifreq ask = {.ifr_name = "lo"};
    ask.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(fd, SIOCSIFFLAGS, &ask) == -1) fail(errno, "the loopback cannot be brought up");
    set_address(fd, SIOCSIFADDR, "198.18.0.1");
    set_address(fd, SIOCSIFNETMASK, "255.254.0.0");
}

static socklen_t address_of(const struct listener *listener, struct sockaddr_storage *at) {
    struct sockaddr_in *four = (struct sockaddr_in *)at;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)at;
    memset(at, 0, sizeof *at);
    if (inet_pton(AF_INET, listener->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)listener->port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, listener->address, &six->sin6_addr) != 1) fail(0, "`%.80s` is no address", listener->address);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)listener->port);
    return sizeof *six;
}

static int open_listener(const struct listener *listener) {
    struct sockaddr_storage at;
    socklen_t size = address_of(listener, &at);
    const int on = 1;
    int fd = socket(at.ss_family, (listener->datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd == -1) fail(errno, "no socket for `%.80s` can be made", listener->address);
    if (at.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == -1)
        fail(errno, "`%.80s` cannot be kept to itself", listener->address);
    if (bind(fd, (const struct sockaddr *)&at, size) == -1 || (!listener->datagram && listen(fd, BACKLOG) == -1))
        fail(errno, "`%.80s` port %u cannot be listened on", listener->address, listener->port);
    return fd;
}

int network_set_up(const struct plan *plan, int *opened) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1) fail(errno, "no socket can be made");
    loopback_up(fd);
    int namespace = ioctl(fd, ASK_NAMESPACE);
    if (namespace == -1) fail(errno, "the network namespace cannot be held");
    (void)close(fd);
    for (size_t at = 0; at < plan->listeners; at++) opened[at] = open_listener(&plan->listener[at]);
    return namespace;
}

/* What is made here connects from inside the sandbox: its ports, shown outside, are reached so. */
void network_hand_out(int namespace, size_t count) {
    int made[MAX_LISTENERS];
    if (setns(namespace, CLONE_NEWNET) == -1) fail(errno, "the sandbox's network cannot be entered");
    for (size_t at = 0; at < count; at++)
        if ((made[at] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1) fail(errno, "no socket can be made");
    control_send("sockets", made, count);
}
