/* Preloaded into a process: it dies by SIGKILL at the n-th step that makes something durable below one directory.

   CRASH_ROOT  the directory            CRASH_AT    the number of the step (absent or 0: none)
   CRASH_TORN  "1": a write leaves half of its bytes behind before the process dies
   CRASH_LOG   a file outside the directory that gets a line for each step: its number, its name, the file's path

   Steps are counted over all threads of the process, before they happen. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

static atomic_long steps;

static int below(const char *path) {
    const char *root = getenv("CRASH_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

/* True when the process is to die now, at this step. */
static int counted(const char *name, const char *path) {
    if (!below(path)) return 0;
    long step = ++steps;
    const char *log = getenv("CRASH_LOG"), *at = getenv("CRASH_AT");
    if (log) {
        char line[4352];
        int size = snprintf(line, sizeof line, "%ld %s %s\n", step, name, path);
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file >= 0) {
            if (NEXT(write)(file, line, size) != size) _exit(99);
            close(file);
        }
    }
    return at && step == atol(at);
}

static int counted_file(const char *name, int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return counted(name, path);
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

static int torn(void) { const char *told = getenv("CRASH_TORN"); return told && *told == '1'; }

ssize_t write(int file, const void *bytes, size_t size) {
    if (counted_file("write", file)) {
        if (torn()) (void)!NEXT(write)(file, bytes, size / 2);
        die();
    }
    return NEXT(write)(file, bytes, size);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    if (counted_file("pwrite", file)) {
        if (torn()) (void)!NEXT(pwrite64)(file, bytes, size / 2, at);
        die();
    }
    return NEXT(pwrite64)(file, bytes, size, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return pwrite64(file, bytes, size, at); }

#define ON_FILE(name, parameters, ...)                  \
    int name parameters {                               \
        if (counted_file(#name, file)) die();           \
        return NEXT(name)(__VA_ARGS__);                 \
    }
ON_FILE(fsync, (int file), file)
ON_FILE(fdatasync, (int file), file)
ON_FILE(ftruncate, (int file, off_t size), file, size)
ON_FILE(ftruncate64, (int file, off64_t size), file, size)

/* Names are those that Python, SQLite and tantivy give: absolute. */
#define ON_NAME(name, path, parameters, ...)            \
    int name parameters {                               \
        if (counted(#name, path)) die();                \
        return NEXT(name)(__VA_ARGS__);                 \
    }
ON_NAME(rename, to, (const char *from, const char *to), from, to)
ON_NAME(renameat, to, (int a, const char *from, int b, const char *to), a, from, b, to)
ON_NAME(link, to, (const char *from, const char *to), from, to)
ON_NAME(unlink, path, (const char *path), path)
ON_NAME(unlinkat, path, (int at, const char *path, int flags), at, path, flags)
ON_NAME(mkdir, path, (const char *path, mode_t mode), path, mode)
