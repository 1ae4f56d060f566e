/* Preloaded into a process: a disk with a bad place under one file.

   UNREADABLE_PATH               the file, by its absolute path
   UNREADABLE_FROM, UNREADABLE_TO  reads that begin at an offset between these fail */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t read(int file, void *bytes, size_t size) {
    const char *wanted = getenv("UNREADABLE_PATH"), *from = getenv("UNREADABLE_FROM"), *to = getenv("UNREADABLE_TO");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (wanted && from && to && length > 0) {
        path[length] = 0;
        long at = strcmp(path, wanted) ? -1 : lseek(file, 0, SEEK_CUR);
        if (at >= atol(from) && at < atol(to)) {
            errno = EIO;
            return -1;
        }
    }
    return ((typeof(&read))dlsym(RTLD_NEXT, "read"))(file, bytes, size);
}
