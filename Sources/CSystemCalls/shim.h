#ifndef SPANLINK_CSYSTEMCALLS_H
#define SPANLINK_CSYSTEMCALLS_H

/* What Linux has and Glibc's Swift module has not. */
#ifdef __linux__
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

static inline int spanlink_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
/* Names the calling thread: 15 bytes. */
static inline void spanlink_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

#ifdef __GLIBC__
/* spawn.h has it with _GNU_SOURCE alone, which Swift does not define. */
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
/* A process that is started gets no descriptors from `first` on. */
static inline int spanlink_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
#endif
#endif

#endif
