#ifndef SPANLINK_KAFKA_BASELINE_H
#define SPANLINK_KAFKA_BASELINE_H

#include <stdbool.h>

/* What a careful C program does with librdkafka: the measure for the Swift adapter. */
typedef struct {
    long messages;
    /* Of this process, user and system, between the first and the last message. */
    double cpu_seconds;
    double wall_seconds;
} baseline_result;

/* Produces `count` messages of `size` bytes over all partitions, with a traceparent built for each if asked. */
baseline_result baseline_produce(
    const char *bootstrap, const char *topic, int partitions, long count, int size, bool traceparent);

/* Consumes `count` messages from the beginning, reading and parsing the traceparent of each; `batch` 1 polls one by one. */
baseline_result baseline_consume(const char *bootstrap, const char *topic, int partitions, long count, int batch);

/* CPU seconds of this process so far. */
double baseline_cpu_seconds(void);

#endif
