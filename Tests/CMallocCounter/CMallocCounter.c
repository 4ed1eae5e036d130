#include "CMallocCounter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#endif

#if defined(__GLIBC__) && !defined(UNDER_SANITIZER)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

// In the program's own thread-local storage: reading them allocates nothing.
static __thread bool counting;
static __thread int64_t allocations;

// Blocks of the thread that notes: a table of addresses with open addressing. Places are claimed and cleared atomically,
// since any thread frees.
enum { table_size = 1 << 16 };
static _Atomic(void *) noted[table_size];
static __thread bool noting, watching;
static _Atomic(bool) has_notes;
static _Atomic(int64_t) foreign_frees;

static inline size_t first_place(void *memory) { return ((uintptr_t)memory >> 4) * 2654435761u % table_size; }

static void note(void *memory) {
    for (size_t step = 0, place = first_place(memory); memory && step < 64; step++, place = (place + 1) % table_size) {
        void *empty = NULL;
        if (atomic_compare_exchange_strong(&noted[place], &empty, memory)) return;
    }
}

static void forget(void *memory) {
    for (size_t step = 0, place = first_place(memory); memory && step < 64; step++, place = (place + 1) % table_size) {
        void *expected = memory;
        if (!atomic_compare_exchange_strong(&noted[place], &expected, NULL)) continue;
        if (watching) atomic_fetch_add(&foreign_frees, 1);
        return;
    }
}

static inline void *counted(void *memory) {
    if (counting) allocations++;
    if (noting) note(memory);
    return memory;
}

static inline void freed(void *memory) {
    if (atomic_load_explicit(&has_notes, memory_order_relaxed)) forget(memory);
}

void *malloc(size_t size) {
    return counted(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
    return counted(__libc_calloc(number, size));
}

void *realloc(void *memory, size_t size) {
    freed(memory);
    return counted(__libc_realloc(memory, size));
}

void *memalign(size_t alignment, size_t size) {
    return counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    return counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *memory = counted(__libc_memalign(alignment, size));
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) {
    freed(memory);
    __libc_free(memory);
}

bool malloc_counter_is_available(void) { return true; }

void malloc_counter_start(void) {
    allocations = 0;
    counting = true;
}

int64_t malloc_counter_stop(void) {
    counting = false;
    return allocations;
}

void malloc_counter_note_start(void) {
    for (size_t place = 0; place < table_size; place++) atomic_store(&noted[place], NULL);
    atomic_store(&foreign_frees, 0);
    atomic_store(&has_notes, true);
    noting = true;
}

int64_t malloc_counter_note_stop(void) {
    noting = false;
    int64_t blocks = 0;
    for (size_t place = 0; place < table_size; place++) blocks += atomic_load(&noted[place]) != NULL;
    return blocks;
}

void malloc_counter_watch(void) { watching = true; }

int64_t malloc_counter_foreign_frees(void) { return atomic_load(&foreign_frees); }

#else

bool malloc_counter_is_available(void) { return false; }
void malloc_counter_start(void) {}
int64_t malloc_counter_stop(void) { return 0; }
void malloc_counter_note_start(void) {}
int64_t malloc_counter_note_stop(void) { return 0; }
void malloc_counter_watch(void) {}
int64_t malloc_counter_foreign_frees(void) { return 0; }

#endif
