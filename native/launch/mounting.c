/* Mounting by descriptor: every path is looked up once, and what it led to is what is used. */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel.h"

enum { PATIENCE = 4096 };

/* O_PATH descriptor of `path`, or -1 with errno. A lookup that stays inside a root is put off while something is renamed. */
int resolve(int at, const char *path, uint64_t flags, uint64_t resolve) {
    const struct how how = {.flags = O_PATH | O_CLOEXEC | flags, .resolve = resolve};
    int fd = -1;
    for (int trial = 0; trial < PATIENCE; trial++)
        if ((fd = call_openat2(at, path, &how)) != -1 || (errno != EAGAIN && errno != EINTR)) break;
    return fd;
}

/* A new file system, mounted nowhere yet. `options` end with a NULL key; one without a value is a flag. */
int mount_new(const char *type, const char *const options[][2], unsigned attributes) {
    int context = call_fsopen(type), tree = -1;
    if (context == -1) fail(errno, "the kernel has no `%s` file system", type);
    for (; (*options)[0] != NULL; options++) {
        const char *key = (*options)[0], *value = (*options)[1];
        if (call_fsconfig(context, value == NULL ? CONFIG_FLAG : CONFIG_STRING, key, value) == -1)
            fail(errno, "`%s` does not take `%s`", type, key);
    }
    if (call_fsconfig(context, CONFIG_CREATE, NULL, NULL) == -1 || (tree = call_fsmount(context, attributes)) == -1)
        fail(errno, "a new `%s` cannot be mounted here", type);
    (void)close(context);
    return tree;
}

void mount_at(int tree, int target, const char *path) {
    if (call_move_mount(tree, "", target, "", MOVE_FROM_FD | MOVE_TO_FD) == -1) fail(errno, "`%.200s` cannot be mounted", path);
}

/* What is at `path` (beneath `at`; empty: `at` itself), as a mount of its own, with further `attributes`; with all that
 * is mounted in it if `whole`. */
int tree_clone(int at, const char *path, unsigned attributes, int whole) {
    const struct attributes change = {.set = attributes, .propagation = 1u << 18 /* MS_PRIVATE */};
    unsigned all = whole ? AT_WHOLE_TREE : 0;
    int tree = call_open_tree(at, path, OPEN_CLONE | O_CLOEXEC | AT_EMPTY_PATH | all);
    if (tree == -1) return -1;
    if (call_mount_setattr(tree, "", AT_EMPTY_PATH | all, &change) == -1) fail(errno, "a mount cannot be restricted");
    return tree;
}
