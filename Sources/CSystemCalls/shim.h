#ifndef SPANLINK_CSYSTEMCALLS_H
#define SPANLINK_CSYSTEMCALLS_H

/* What Linux has and Glibc's Swift module has not. */
#ifdef __linux__
#include <sys/eventfd.h>
#include <sys/prctl.h>

static inline int spanlink_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
/* Names the calling thread: 15 bytes. */
static inline void spanlink_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
#endif

#endif
