/* A clock that jumps, for the programs into which this is loaded (LD_PRELOAD) and for nobody else: the time of day is
   the machine's and as many seconds more as the file that JUMPING_CLOCK names says, eight bytes, which is looked at each
   time. The monotonic clock is left alone, as where the machine's own clock is set. Times of files are the machine's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *beside;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("JUMPING_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *seen = mmap(NULL, sizeof *beside, PROT_READ, MAP_SHARED, file, 0);
    if (seen != MAP_FAILED) beside = seen;
    close(file);
}

int clock_gettime(clockid_t which, struct timespec *found) {
    int result = syscall(SYS_clock_gettime, which, found);
    if (!result && beside && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) found->tv_sec += *beside;
    return result;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    found->tv_sec = now.tv_sec;
    found->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *found) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) *found = now.tv_sec;
    return now.tv_sec;
}
