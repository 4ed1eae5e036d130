#ifndef CSPAWN_H
#define CSPAWN_H

/* What glibc's spawn.h has with _GNU_SOURCE alone, which Swift does not define. */
#ifdef __linux__
/* A process that is started with these posix_spawn_file_actions_t gets no descriptors from `first` on. */
int spawn_close_from(void *actions, int first);
#endif

#endif
