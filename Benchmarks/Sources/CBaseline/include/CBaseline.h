#ifndef SPANLINK_BASELINE_H
#define SPANLINK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the programs in plain C have in common that the Swift adapters are measured by. */

typedef struct {
    long messages;
    /* Of this process, user and system. */
    double cpu_seconds;
    double wall_seconds;
} baseline_result;

/* CPU seconds of this process so far. */
double baseline_cpu_seconds(void);

/* Seconds of a clock that does not step. */
double baseline_wall_seconds(void);

/* Before the two below are used. */
void baseline_prepare_traceparents(void);

enum { BASELINE_TRACEPARENT_SIZE = 55 };

/* Writes a sampled traceparent with new ids. */
void baseline_write_traceparent(char out[BASELINE_TRACEPARENT_SIZE]);

/* Trace id, in two halves, and span id; false when it is not a traceparent. */
bool baseline_parse_traceparent(const void *bytes, size_t size, uint64_t ids[3]);

#endif
