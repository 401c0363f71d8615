/* The tree that the program sees: an empty one, in which only what the plan lists is mounted.
 *
 * Sources are looked up in the holder's tree, targets beneath the new root and nowhere else, whatever links lie there. A
 * missing place for a mount is made where the program may write anyway; on what is read-only it must exist. In the end
 * the root itself is read-only, and the old one gone.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "kernel.h"

enum { INSIDE = RESOLVE_INSIDE | RESOLVE_NO_MAGIC };

#define NOTHING ".jackline-nothing"

struct building { int host, root, nothing; };

static int is_directory(int fd, const char *path) {
    struct stat found;
    if (fstat(fd, &found) == -1) fail(errno, "`%.200s` cannot be looked at", path);
    return S_ISDIR(found.st_mode);
}

static int new_tmpfs(const char *size, const char *inodes, unsigned mode) {
    char text[16];
    const char *const options[][2] = {{"size", size}, {"nr_inodes", inodes}, {"mode", text}, {NULL, NULL}};
    (void)snprintf(text, sizeof text, "%o", mode);
    return mount_new("tmpfs", options, ATTR_NOSUID | ATTR_NODEV);
}

/* Make the last part of `path`: a directory, or an empty file. */
static void make(int root, const char *path, int directory) {
    char parent[PATH_MAX];
    const char *name = strrchr(path, '/') + 1;
    (void)snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path);
    int at = resolve(root, parent, O_DIRECTORY, INSIDE);
    if (at == -1 || (directory ? mkdirat(at, name, 0755) : mknodat(at, name, S_IFREG | 0644, 0)) == -1)
        fail(errno, "there is no place for a mount at `%.200s`", path);
    (void)close(at);
}

/* The place of a mount, which is made if it is missing. */
static int place(int root, const char *path, int directory) {
    char part[PATH_MAX];
    int fd = resolve(root, path, 0, INSIDE);
    if (fd != -1 || errno != ENOENT) return fd;
    (void)snprintf(part, sizeof part, "%s", path);
    for (size_t size = strlen(part); size > 1 && part[size - 1] == '/'; size--) part[size - 1] = '\0';
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) *slash = '\0';
        int found = part[strlen(part) - 1] == '/' ? root : resolve(root, part, 0, INSIDE);
        if (found == -1 && errno != ENOENT) return -1;
        if (found == -1) make(root, part, slash != NULL || directory);
        else if (found != root) (void)close(found);
        if (slash == NULL) break;
        *slash = '/';
    }
    return resolve(root, path, 0, INSIDE);
}

/* What lay on the root would be beside what the program sees, and above it. */
static void not_the_root(const struct building *at, int target, const char *path) {
    struct stat root, found;
    if (fstat(at->root, &root) == -1 || fstat(target, &found) == -1) fail(errno, "`%.200s` cannot be looked at", path);
    if (root.st_dev == found.st_dev && root.st_ino == found.st_ino)
        fail(0, "nothing can be mounted on the root, as `%.200s` is", path);
}

static void put(const struct building *at, struct mount *mount, int tree) {
    int target = place(at->root, mount->target, is_directory(tree, mount->target));
    if (target == -1) fail(errno, "there is no place for a mount at `%.200s`", mount->target);
    not_the_root(at, target, mount->target);
    mount_at(tree, target, mount->target);
    (void)close(target);
    mount->tree = tree;
}

static void show_source(const struct building *at, struct mount *mount) {
    unsigned attributes = ATTR_NOSUID | ATTR_NODEV | (mount->kind == READ ? ATTR_RDONLY : 0);
    int source = resolve(at->host, mount->source, 0, mount->direct ? INSIDE | RESOLVE_NO_LINKS : INSIDE);
    if (source == -1 && mount->optional && (errno == ENOENT || errno == ENOTDIR)) return;
    if (source == -1) fail(errno, "`%.200s` cannot be found", mount->source);
    int tree = tree_clone(source, "", attributes, 1);
    if (tree == -1) fail(errno, "`%.200s` cannot be shown", mount->source);
    (void)close(source);
    put(at, mount, tree);
}

/* No place is made for it: what is not there needs no hiding. */
static void hide(const struct building *at, const struct mount *mount) {
    int target = resolve(at->root, mount->target, 0, INSIDE);
    if (target == -1 && mount->optional && (errno == ENOENT || errno == ENOTDIR)) return;
    if (target == -1) fail(errno, "`%.200s` cannot be hidden", mount->target);
    not_the_root(at, target, mount->target);
    const char *name = is_directory(target, mount->target) ? NO_DIRECTORY : NO_FILE;
    int tree = tree_clone(at->nothing, name, ATTR_RDONLY | ATTR_NOEXEC, 0);
    if (tree == -1) fail(errno, "`%.200s` cannot be hidden", mount->target);
    mount_at(tree, target, mount->target);
    (void)close(tree);
    (void)close(target);
}

static void show_tmpfs(const struct building *at, struct mount *mount) {
    enum { BYTES_PER_INODE = 4096, LEAST_INODES = 1024 };
    char size[32], inodes[32];
    (void)snprintf(size, sizeof size, "%llu", (unsigned long long)mount->size);
    (void)snprintf(inodes, sizeof inodes, "%llu", (unsigned long long)mount->size / BYTES_PER_INODE + LEAST_INODES);
    put(at, mount, new_tmpfs(size, inodes, mount->mode));
}

static void show_proc(const struct building *at, struct mount *mount) {
    static const char *const none[][2] = {{NULL, NULL}};
    const unsigned attributes = ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC;
    int of_host = without(WALL_PROCESSES);
    put(at, mount, of_host ? tree_clone(at->host, "proc", ATTR_NOSUID, 1) : mount_new("proc", none, attributes));
    special_proc(mount->tree, at->nothing);
}

static void show_dev(const struct building *at, struct mount *mount, int terminal) {
    put(at, mount, new_tmpfs("65536", "64", 0755));
    special_dev(mount->tree, at->host, terminal);
}

static void show(const struct building *at, struct mount *mount, int terminal) {
    switch (mount->kind) {
    case READ:
    case WRITE: show_source(at, mount); break;
    case HIDE: hide(at, mount); break;
    case TMPFS: show_tmpfs(at, mount); break;
    case PROC: show_proc(at, mount); break;
    case DEV: show_dev(at, mount, terminal); break;
    }
}

/* An empty file and an empty directory that nobody may open, to lie over what is hidden: in a file system of their own,
 * which lives on under what it hides when its place is gone. */
static int make_nothing(int root) {
    if (mkdirat(root, NOTHING, 0700) == -1) fail(errno, "nothing has no place");
    int at = resolve(root, NOTHING, O_DIRECTORY, INSIDE), tree = new_tmpfs("4096", "8", 0700);
    if (at == -1) fail(errno, "nothing has no place");
    mount_at(tree, at, NOTHING);
    if (mkdirat(tree, NO_DIRECTORY, 0) == -1 || mknodat(tree, NO_FILE, S_IFREG, 0) == -1) fail(errno, "nothing cannot be made");
    (void)close(at);
    return tree;
}

static void forget_nothing(int root) {
    if (fchdir(root) == -1 || umount2(NOTHING, MNT_DETACH) == -1 || unlinkat(root, NOTHING, AT_REMOVEDIR) == -1)
        fail(errno, "the plan uses a name of the launcher's own");
}

/* pivot_root(2): "." is both the new root and the place of the old one, which is then let go. */
static void turn_to(int root) {
    const struct attributes sealed = {.set = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC};
    if (call_mount_setattr(root, "", AT_EMPTY_PATH, &sealed) == -1) fail(errno, "the new root cannot be sealed");
    if (fchdir(root) == -1 || call_pivot_root(".", ".") == -1) fail(errno, "the new root cannot be turned to");
    if (umount2(".", MNT_DETACH) == -1 || chdir("/") == -1) fail(errno, "the old root cannot be let go");
}

/* Of the tests: the host's tree stays, and Landlock alone is told what the plan shows of it. */
static void root_leave(struct plan *plan) {
    for (size_t each = 0; each < plan->mounts; each++) {
        struct mount *mount = &plan->mount[each];
        if (mount->kind == READ || mount->kind == WRITE) mount->tree = open(mount->source, O_PATH | O_CLOEXEC);
    }
    if (chdir(plan->cwd) == -1) fail(errno, "the directory `%.200s` cannot be entered", plan->cwd);
}

void root_build(struct plan *plan) {
    if (without(WALL_MOUNTS)) {
        root_leave(plan);
        return;
    }
    struct building at = {.host = resolve(AT_FDCWD, "/", O_DIRECTORY, 0)};
    if (at.host == -1) fail(errno, "the session's tree cannot be opened");
    (void)umask(0);
    at.root = new_tmpfs("1048576", "4096", 0755);
    mount_at(at.root, at.host, "/");
    at.nothing = make_nothing(at.root);
    for (size_t each = 0; each < plan->mounts; each++) show(&at, &plan->mount[each], plan->terminal);
    forget_nothing(at.root);
    turn_to(at.root);
    (void)umask(022);
    int cwd = resolve(at.root, plan->cwd, O_DIRECTORY, INSIDE);
    if (cwd == -1 || fchdir(cwd) == -1) fail(errno, "the directory `%.200s` cannot be entered", plan->cwd);
    (void)close(cwd);
    (void)close(at.nothing);
    (void)close(at.root);
    (void)close(at.host);
}
