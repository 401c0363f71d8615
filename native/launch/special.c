/* What is in a sandbox's own /dev and /proc.
 *
 * /dev: a table, and nothing else. /proc: its own processes as they are; of the kernel's part, what is not for everybody is
 * covered, and every directory and every file that could be written is read-only. That is found by looking, so that it
 * holds for what a new kernel adds, too: where the user is root outside, it alone stops a write.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel.h"

enum { FIRST_PSEUDO = 136, LAST_PSEUDO = 143 }; /* the major numbers of pseudo-terminals */

static const char *const SECRETS[] = { /* that everybody may read: keys, addresses, hardware, all that runs */
    "keys", "key-users", "kallsyms", "iomem", "ioports", "sched_debug", "latency_stats", "scsi", "acpi", "asound",
};

static int is_secret(const char *name) {
    for (size_t at = 0; at < sizeof SECRETS / sizeof *SECRETS; at++)
        if (strcmp(SECRETS[at], name) == 0) return 1;
    return 0;
}

static void cover(int proc, const char *name, int tree) {
    if (tree == -1) fail(errno, "`/proc/%s` cannot be restricted", name);
    if (call_move_mount(tree, "", proc, name, MOVE_FROM_FD) == -1) fail(errno, "`/proc/%s` cannot be covered", name);
    (void)close(tree);
}

static void restrict_entry(int proc, const char *name, int root) {
    const unsigned sealed = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC;
    struct stat found;
    if (fstatat(proc, name, &found, AT_SYMLINK_NOFOLLOW) == -1) fail(errno, "`/proc/%s` cannot be looked at", name);
    if (S_ISLNK(found.st_mode)) return;
    const char *none = S_ISDIR(found.st_mode) ? NO_DIRECTORY : NO_FILE;
    if (is_secret(name) || (found.st_mode & 0004) == 0) cover(proc, name, tree_clone(root, none, sealed, 0));
    else if (S_ISDIR(found.st_mode) || (found.st_mode & 0222) != 0) cover(proc, name, tree_clone(proc, name, sealed, 0));
}

void special_proc(int proc, int root) {
    int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd == -1 ? NULL : fdopendir(fd);
    if (entries == NULL) fail(errno, "`/proc` cannot be read");
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (entry->d_name[0] != '.' && strspn(entry->d_name, "0123456789") == 0) restrict_entry(proc, entry->d_name, root);
    (void)closedir(entries);
}

static const struct node { const char *name; unsigned minor; unsigned major; } NODES[] = {
    {"null", 3, 1}, {"zero", 5, 1}, {"full", 7, 1}, {"random", 8, 1}, {"urandom", 9, 1}, {"tty", 0, 5},
};
static const struct link { const char *name, *to; } LINKS[] = {
    {"fd", "/proc/self/fd"},         {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},   {"ptmx", "pts/ptmx"},
};

/* The device that `fd` leads to, if it is the one that is meant, at `name`. */
static void show_device(int dev, int fd, const char *name, const struct stat *found, dev_t wanted) {
    if (!S_ISCHR(found->st_mode) || found->st_rdev != wanted) fail(0, "`/dev/%s` is not the device of that name", name);
    int tree = tree_clone(fd, "", ATTR_NOSUID | ATTR_NOEXEC, 0);
    if (tree == -1 || mknodat(dev, name, S_IFREG | 0666, 0) == -1) fail(errno, "the device `%s` cannot be shown", name);
    if (call_move_mount(tree, "", dev, name, MOVE_FROM_FD) == -1) fail(errno, "the device `%s` cannot be shown", name);
    (void)close(tree);
}

static void show_node(int dev, int host, const struct node *node) {
    char path[32];
    struct stat found;
    (void)snprintf(path, sizeof path, "/dev/%s", node->name);
    int fd = resolve(host, path, O_NOFOLLOW, RESOLVE_INSIDE | RESOLVE_NO_MAGIC);
    if (fd == -1 || fstat(fd, &found) == -1) fail(errno, "the device `%s` is missing", path);
    show_device(dev, fd, node->name, &found, makedev(node->major, node->minor));
    (void)close(fd);
}

/* As /dev/console, the terminal has a name inside: programs look for it in /dev by its device and inode. The terminal of
 * that number in the session's tree is not ours if another /dev/pts is mounted there. */
static void show_terminal(int dev, int host) {
    char path[64];
    struct stat ours, named;
    if (fstat(STDIN_FILENO, &ours) == -1 || !isatty(STDIN_FILENO)) fail(errno, "descriptor 0 is no terminal");
    if (major(ours.st_rdev) < FIRST_PSEUDO || major(ours.st_rdev) > LAST_PSEUDO) return;
    (void)snprintf(path, sizeof path, "/dev/pts/%u", minor(ours.st_rdev));
    int fd = resolve(host, path, O_NOFOLLOW, RESOLVE_INSIDE | RESOLVE_NO_MAGIC);
    if (fd == -1 || fstat(fd, &named) == -1) return;
    if (named.st_dev == ours.st_dev && named.st_ino == ours.st_ino) show_device(dev, fd, "console", &named, ours.st_rdev);
    (void)close(fd);
}

static void show_file_system(int dev, const char *name, int tree) {
    if (mkdirat(dev, name, 0755) == -1 || call_move_mount(tree, "", dev, name, MOVE_FROM_FD) == -1)
        fail(errno, "`/dev/%s` cannot be made", name);
    (void)close(tree);
}

void special_dev(int dev, int host, int terminal) {
    static const char *const pts[][2] = {{"newinstance", NULL}, {"ptmxmode", "0666"}, {"mode", "0620"}, {NULL, NULL}};
    static const char *const shm[][2] = {{"size", "67108864"}, {"nr_inodes", "16384"}, {"mode", "1777"}, {NULL, NULL}};
    const struct attributes sealed = {.set = ATTR_RDONLY | ATTR_NOEXEC};
    for (size_t at = 0; at < sizeof NODES / sizeof *NODES; at++) show_node(dev, host, &NODES[at]);
    for (size_t at = 0; at < sizeof LINKS / sizeof *LINKS; at++)
        if (symlinkat(LINKS[at].to, dev, LINKS[at].name) == -1) fail(errno, "`/dev/%s` cannot be made", LINKS[at].name);
    show_file_system(dev, "pts", mount_new("devpts", pts, ATTR_NOSUID | ATTR_NOEXEC));
    show_file_system(dev, "shm", mount_new("tmpfs", shm, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC));
    if (terminal) show_terminal(dev, host);
    if (call_mount_setattr(dev, "", AT_EMPTY_PATH, &sealed) == -1) fail(errno, "`/dev` cannot be sealed");
}
