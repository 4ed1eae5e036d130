#ifndef SPANLINK_KAFKA_BASELINE_H
#define SPANLINK_KAFKA_BASELINE_H

#include <CBaseline.h>

/* What a careful C program does with librdkafka: the measure for the Swift adapter. */

/* Produces `count` messages of `size` bytes over all partitions, with a traceparent built for each if asked. */
baseline_result kafka_baseline_produce(
    const char *bootstrap, const char *topic, int partitions, long count, int size, bool traceparent);

/* Consumes `count` messages from the beginning, reading and parsing the traceparent of each; `batch` 1 polls one by one. */
baseline_result kafka_baseline_consume(
    const char *bootstrap, const char *topic, int partitions, long count, int batch);

#endif
