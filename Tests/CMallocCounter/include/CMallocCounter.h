// Counts the heap allocations of the calling thread, by standing in front of glibc's allocator in the test program.
#ifndef C_MALLOC_COUNTER_H
#define C_MALLOC_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

// Whether the program counts: glibc, and no sanitizer (which brings an allocator of its own).
bool malloc_counter_is_available(void);

// Starts counting the calling thread's allocations, from zero.
void malloc_counter_start(void);

// Stops counting and returns how many allocations the calling thread made since the start; 0 if unavailable.
int64_t malloc_counter_stop(void);


// Starts to note each block that the calling thread allocates. One thread notes at a time.
void malloc_counter_note_start(void);

// Stops noting, and returns how many blocks were noted and are not freed yet.
int64_t malloc_counter_note_stop(void);

// From now on the calling thread counts the noted blocks that it frees.
void malloc_counter_watch(void);

// How many noted blocks watching threads have freed since noting started.
int64_t malloc_counter_foreign_frees(void);

#endif
