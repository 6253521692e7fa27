/* Makes the n-th write call on files below a folder fail, tear or kill the process. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, TORN, FULL, BROKEN };

static char folder[4096];
static long at, seen;
static int kind = -1;

void fault_arm(const char *below, int what, long n) {
    strncpy(folder, below, sizeof folder - 1);
    kind = what;
    at = n;
    seen = 0;
}

long fault_seen(void) { return seen; }

static int below_folder(const char *path) { return strncmp(path, folder, strlen(folder)) == 0; }

static int ours(int fd) {
    char link[64], path[4096];
    ssize_t size;
    if (kind < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return below_folder(path);
}

/* 0: go on; 1: fail with errno set; 2: write half, then die */
static int strike(void) {
    seen++;
    if (kind == FULL && seen >= at) { errno = ENOSPC; return 1; } /* a full disk stays full */
    if (seen != at) return 0;
    if (kind == KILL) kill(getpid(), SIGKILL);
    if (kind == TORN) return 2;
    if (kind == BROKEN) { errno = EIO; return 1; }
    return 0;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define STRUCK(fd, half) \
    if (ours(fd)) { \
        int what = strike(); \
        if (what == 1) return -1; \
        if (what == 2) { half; kill(getpid(), SIGKILL); } \
    }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    STRUCK(fd, if (real(fd, data, size / 2) < 0) {})
    return real(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t place) {
    REAL(pwrite);
    STRUCK(fd, if (real(fd, data, size / 2, place) < 0) {})
    return real(fd, data, size, place);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t place) {
    REAL(pwrite64);
    STRUCK(fd, if (real(fd, data, size / 2, place) < 0) {})
    return real(fd, data, size, place);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    STRUCK(fd, if (count > 1 && real(fd, parts, count / 2) < 0) {})
    return real(fd, parts, count);
}

int fsync(int fd) {
    REAL(fsync);
    STRUCK(fd, )
    return real(fd);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    STRUCK(fd, )
    return real(fd);
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    STRUCK(fd, )
    return real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    STRUCK(fd, )
    return real(fd, size);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    if (kind >= 0 && below_folder(to)) {
        int what = strike();
        if (what == 1) return -1;
        if (what == 2) kill(getpid(), SIGKILL);
    }
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    if (kind >= 0 && kind != FULL && below_folder(path)) {
        int what = strike();
        if (what == 1) return -1;
        if (what == 2) kill(getpid(), SIGKILL);
    }
    return real(path);
}
