/* What the program may not have: more than its limits, any capability, a way to get one, our signals' dispositions. */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "kernel.h"

enum { LOCKED = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
       JOIN_SESSION_KEYRING = 1 };

/* A limit that is above what the user has anyway stays where it is. */
void rights_limit(const struct plan *plan) {
    static const int resources[LIMITS] = {
        [CPU_SECONDS] = RLIMIT_CPU, [OPEN_FILES] = RLIMIT_NOFILE, [FILE_BYTES] = RLIMIT_FSIZE, [PROCESSES] = RLIMIT_NPROC,
        [CORE_BYTES] = RLIMIT_CORE, [MEMORY_BYTES] = RLIMIT_DATA, /* not RLIMIT_AS: runtimes reserve what they never use */
    };
    for (size_t at = 0; at < LIMITS; at++) {
        struct rlimit is;
        if (plan->limit[at] == UNLIMITED) continue;
        if (getrlimit(resources[at], &is) == -1) fail(errno, "a limit cannot be read");
        if (is.rlim_max > plan->limit[at]) is.rlim_max = plan->limit[at];
        is.rlim_cur = is.rlim_max;
        if (setrlimit(resources[at], &is) == -1) fail(errno, "a limit cannot be set");
    }
}

static void default_signals(void) {
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;
    (void)sigemptyset(&none);
    for (int each = 1; each < NSIG; each++) (void)sigaction(each, &by_default, NULL); /* two cannot be changed */
    if (sigprocmask(SIG_SETMASK, &none, NULL) == -1) fail(errno, "the signals cannot be restored");
}

/* The user's keys are not the program's. A kernel without keys, or one that refuses, has none to give. */
static void leave_keyring(void) { (void)!syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL, 0, 0, 0); }

void rights_drop(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    leave_keyring();
    default_signals();
    if (prctl(PR_SET_SECUREBITS, LOCKED, 0, 0, 0) == -1) fail(errno, "capabilities cannot be locked out");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1) fail(errno, "ambient capabilities cannot be dropped");
    for (unsigned long each = 0; prctl(PR_CAPBSET_READ, each, 0, 0, 0) >= 0; each++)
        if (prctl(PR_CAPBSET_DROP, each, 0, 0, 0) == -1) fail(errno, "capability %lu cannot be dropped", each);
    if (syscall(SYS_capset, &header, none) == -1) fail(errno, "the capabilities cannot be dropped");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) fail(errno, "new privileges cannot be refused");
}
