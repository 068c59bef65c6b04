/* Stands between a process and its disk (LD_PRELOAD): counts what changes files below one
   directory, and at the n-th such operation fails it, fails it and all after it, or kills the
   process; with the power gone, what was not forced to the disk may be lost as well.

   SHIM_DIR    the directory; nothing else is touched
   SHIM_AT     the number of the operation
   SHIM_DO     kill | half (half of a write, then kill) | an error number | an error number and !
   SHIM_POWER  a seed: before the kill, writes, renames, removals and new files that were not
               forced to the disk since are undone by chance
   SHIM_COUNT  a file into which the number of operations is written when the process ends */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_UNDOS 200000

enum kind { WROTE, SIZED, MADE, RENAMED, REMOVED };

/* What can still be lost. */
struct undo {
    enum kind kind;
    dev_t device;
    ino_t inode;
    off_t offset, size;
    size_t length;
    char *bytes;
    char *path, *kept, *from;
    int is_safe;
};

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char directory[PATH_MAX];
static long at = -1, count = 0, kept_names = 0;
static int error_number = 0, is_always = 0, is_kill = 0, is_half = 0, has_power_cut = 0;
static unsigned long long state;
static struct undo undos[MOST_UNDOS];
static size_t number_of_undos = 0;

static unsigned long long chance(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

__attribute__((constructor)) static void begin(void) {
    const char *told = getenv("SHIM_DIR");
    if (!told || !realpath(told, directory)) directory[0] = 0;
    if ((told = getenv("SHIM_AT"))) at = atol(told);
    if ((told = getenv("SHIM_DO"))) {
        is_half = !strcmp(told, "half");
        is_kill = is_half || !strcmp(told, "kill");
        if (!is_kill) {
            error_number = atoi(told);
            is_always = strchr(told, '!') != NULL;
        }
    }
    if ((told = getenv("SHIM_POWER"))) {
        has_power_cut = 1;
        state = strtoull(told, NULL, 10) * 2654435761u + 88172645463325252ull;
    }
}

__attribute__((destructor)) static void finish(void) {
    const char *told = getenv("SHIM_COUNT");
    char text[32];
    if (!told) return;
    int length = snprintf(text, sizeof text, "%ld", count);
    int fd = syscall(SYS_open, told, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (fd >= 0) {
        syscall(SYS_write, fd, text, length);
        syscall(SYS_close, fd);
    }
}

static int is_below(const char *path) {
    size_t length = strlen(directory);
    char whole[PATH_MAX];
    if (!length) return 0;
    if (path[0] != '/') {
        if (!getcwd(whole, sizeof whole)) return 0;
        strncat(whole, "/", sizeof whole - strlen(whole) - 1);
        strncat(whole, path, sizeof whole - strlen(whole) - 1);
        path = whole;
    }
    return !strncmp(path, directory, length) && (path[length] == '/' || !path[length]);
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return 1;
}

static int is_ours(int fd) {
    char path[PATH_MAX];
    return directory[0] && path_of(fd, path) && is_below(path);
}

static struct undo *new_undo(enum kind kind) {
    if (!has_power_cut || number_of_undos == MOST_UNDOS) return NULL;
    struct undo *undo = &undos[number_of_undos++];
    memset(undo, 0, sizeof *undo);
    undo->kind = kind;
    return undo;
}

/* Undoes by chance what was not forced to the disk: of directory entries the newest, of bytes any. */
static void cut_power(void) {
    size_t entries = 0, lost_entries;
    for (size_t i = 0; i < number_of_undos; i++)
        if (!undos[i].is_safe && undos[i].kind >= MADE) entries++;
    lost_entries = entries ? chance() % (entries + 1) : 0;
    for (size_t i = number_of_undos; i-- > 0;) {
        struct undo *undo = &undos[i];
        if (undo->is_safe) continue;
        if (undo->kind >= MADE) {
            if (!lost_entries) continue;
            lost_entries--;
            if (undo->kind == MADE) syscall(SYS_unlink, undo->path);
            if (undo->kind == RENAMED) syscall(SYS_rename, undo->path, undo->from);
            if (undo->kept) syscall(SYS_rename, undo->kept, undo->path);
            continue;
        }
        if (chance() % 2) continue;
        char path[PATH_MAX];
        struct stat found;
        int fd = -1;
        for (int open_fd = 3; open_fd < 256; open_fd++)
            if (!fstat(open_fd, &found) && found.st_dev == undo->device &&
                found.st_ino == undo->inode && path_of(open_fd, path)) {
                fd = syscall(SYS_open, path, O_RDWR);
                break;
            }
        if (fd < 0 && undo->path && !stat(undo->path, &found) && found.st_ino == undo->inode)
            fd = syscall(SYS_open, undo->path, O_RDWR);
        if (fd < 0) continue;
        if (undo->length) syscall(SYS_pwrite64, fd, undo->bytes, undo->length, undo->offset);
        if (undo->kind == SIZED) syscall(SYS_ftruncate, fd, undo->size);
        syscall(SYS_close, fd);
    }
}

static void die(void) {
    if (has_power_cut) cut_power();
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* Called with the lock held before an operation on our files; says whether it fails. */
static int fails(void) {
    count++;
    if (is_kill && !is_half && count == at) die();
    if (error_number && (count == at || (is_always && count > at))) {
        errno = error_number;
        return 1;
    }
    return 0;
}

static void remember_bytes(int fd, off_t offset, size_t length) {
    struct stat found;
    char path[PATH_MAX];
    if (!has_power_cut || fstat(fd, &found)) return;
    struct undo *undo = new_undo(WROTE);
    if (!undo) return;
    undo->device = found.st_dev;
    undo->inode = found.st_ino;
    undo->offset = offset;
    undo->path = path_of(fd, path) ? strdup(path) : NULL;
    /* What was behind the end was zero. */
    undo->bytes = calloc(1, length);
    undo->length = length;
    if (offset < found.st_size) syscall(SYS_pread64, fd, undo->bytes, length, offset);
}

static void forget_bytes(int fd) {
    struct stat found;
    char path[PATH_MAX];
    if (!has_power_cut || fstat(fd, &found)) return;
    int is_directory = S_ISDIR(found.st_mode) && path_of(fd, path);
    for (size_t i = 0; i < number_of_undos; i++) {
        struct undo *undo = &undos[i];
        if (undo->is_safe) continue;
        if (undo->kind < MADE && undo->device == found.st_dev && undo->inode == found.st_ino) {
            undo->is_safe = 1;
            free(undo->bytes);
            undo->bytes = NULL;
        }
        if (undo->kind >= MADE && is_directory) {
            const char *slash = strrchr(undo->path, '/');
            size_t length = slash ? (size_t)(slash - undo->path) : 0;
            if (strlen(path) == length && !strncmp(path, undo->path, length)) {
                undo->is_safe = 1;
                if (undo->kept) syscall(SYS_unlink, undo->kept);
            }
        }
    }
}

/* Keeps what is at a path under another name, so that it can come back. */
static char *keep(const char *path) {
    char kept[PATH_MAX + 32];
    if (access(path, F_OK)) return NULL;
    snprintf(kept, sizeof kept, "%s.shim-%ld", path, kept_names++);
    return syscall(SYS_link, path, kept) ? NULL : strdup(kept);
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset, int is_at) {
    pthread_mutex_lock(&lock);
    if (fails()) {
        pthread_mutex_unlock(&lock);
        return -1;
    }
    off_t place = is_at ? offset : syscall(SYS_lseek, fd, 0, SEEK_CUR);
    remember_bytes(fd, place, length);
    if (is_half && count == at) {
        syscall(SYS_pwrite64, fd, bytes, length / 2, place);
        die();
    }
    ssize_t done = is_at ? syscall(SYS_pwrite64, fd, bytes, length, offset)
                         : syscall(SYS_write, fd, bytes, length);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!is_ours(fd)) return syscall(SYS_write, fd, bytes, length);
    return write_at(fd, bytes, length, 0, 0);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (!is_ours(fd)) return syscall(SYS_pwrite64, fd, bytes, length, offset);
    return write_at(fd, bytes, length, offset, 1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return pwrite64(fd, bytes, length, offset);
}

static int resize(int fd, off_t size) {
    struct stat found;
    pthread_mutex_lock(&lock);
    int failed = fails();
    if (!failed && has_power_cut && !fstat(fd, &found)) {
        char path[PATH_MAX];
        struct undo *undo = new_undo(SIZED);
        if (undo) {
            undo->device = found.st_dev;
            undo->inode = found.st_ino;
            undo->size = found.st_size;
            undo->path = path_of(fd, path) ? strdup(path) : NULL;
            if (size < found.st_size) {
                undo->length = found.st_size - size;
                undo->offset = size;
                undo->bytes = calloc(1, undo->length);
                syscall(SYS_pread64, fd, undo->bytes, undo->length, size);
            }
        }
    }
    if (!failed && is_half && count == at) die();
    int done = failed ? -1 : (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off64_t size) {
    return is_ours(fd) ? resize(fd, size) : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int force(int fd, int call, int is_barrier) {
    if (!is_ours(fd)) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int failed = fails();
    if (!failed && is_half && count == at) die();
    int done = failed ? -1 : (int)syscall(call, fd);
    if (!done && is_barrier) forget_bytes(fd);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { return force(fd, SYS_fsync, 1); }
int fdatasync(int fd) { return force(fd, SYS_fdatasync, 1); }

/* No barrier of the device: what it writes may still be lost. */
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned int flags) {
    if (!is_ours(fd)) return (int)syscall(SYS_sync_file_range, fd, offset, length, flags);
    pthread_mutex_lock(&lock);
    int failed = fails();
    if (!failed && is_half && count == at) die();
    int done = failed ? -1 : (int)syscall(SYS_sync_file_range, fd, offset, length, flags);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to) {
    if (!is_below(to)) return (int)syscall(SYS_rename, from, to);
    pthread_mutex_lock(&lock);
    int failed = fails();
    if (!failed && is_half && count == at) die();
    struct undo *undo = failed ? NULL : new_undo(RENAMED);
    if (undo) {
        undo->from = strdup(from);
        undo->path = strdup(to);
        undo->kept = keep(to);
    }
    int done = failed ? -1 : (int)syscall(SYS_rename, from, to);
    pthread_mutex_unlock(&lock);
    return done;
}

int unlink(const char *path) {
    if (!is_below(path)) return (int)syscall(SYS_unlink, path);
    pthread_mutex_lock(&lock);
    int is_there = !access(path, F_OK);
    int failed = is_there && fails();
    if (!failed && is_half && is_there && count == at) die();
    struct undo *undo = failed || !is_there ? NULL : new_undo(REMOVED);
    if (undo) {
        undo->path = strdup(path);
        undo->kept = keep(path);
    }
    int done = failed ? -1 : (int)syscall(SYS_unlink, path);
    pthread_mutex_unlock(&lock);
    return done;
}

static int open_file(int at_fd, const char *path, int flags, mode_t mode) {
    int makes = (flags & (O_CREAT | O_TRUNC)) && is_below(path);
    if (!makes) return (int)syscall(SYS_openat, at_fd, path, flags, mode);
    pthread_mutex_lock(&lock);
    int is_there = !access(path, F_OK);
    int failed = (!is_there || (flags & O_TRUNC)) && fails();
    if (!failed && is_half && !is_there && count == at) die();
    int fd = failed ? -1 : (int)syscall(SYS_openat, at_fd, path, flags, mode);
    if (fd >= 0 && !is_there) {
        struct undo *undo = new_undo(MADE);
        if (undo) undo->path = strdup(path);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name, at_fd, before) \
    int name(before const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return open_file(at_fd, path, flags, mode); \
    }
#define NOTHING
#define DIRECTORY int directory_fd,
OPEN(open, AT_FDCWD, NOTHING)
OPEN(open64, AT_FDCWD, NOTHING)
OPEN(openat, directory_fd, DIRECTORY)
OPEN(openat64, directory_fd, DIRECTORY)

int mkdir(const char *path, mode_t mode) {
    if (!is_below(path)) return (int)syscall(SYS_mkdir, path, mode);
    pthread_mutex_lock(&lock);
    int failed = access(path, F_OK) && fails();
    if (!failed && is_half && count == at) die();
    int done = failed ? -1 : (int)syscall(SYS_mkdir, path, mode);
    pthread_mutex_unlock(&lock);
    return done;
}
