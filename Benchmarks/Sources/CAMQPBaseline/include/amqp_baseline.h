#ifndef SPANLINK_AMQP_BASELINE_H
#define SPANLINK_AMQP_BASELINE_H

#include <CBaseline.h>

/* What a careful C program does with rabbitmq-c, on one thread: the measure for the Swift adapter. */

/* Publishes `count` non-persistent messages of `size` bytes to a queue and waits until all are confirmed, with a traceparent
   built for each if asked. No more than `window` are unconfirmed: then it waits for all of them or, when `sliding`, until
   there is room for another. */
baseline_result amqp_baseline_publish(
    const char *url, const char *queue, long count, int size, bool traceparent, long window, bool sliding);

/* Consumes `count` messages, reading and parsing the traceparent of each, and acknowledges each `batch` of them at once. */
baseline_result amqp_baseline_consume(const char *url, const char *queue, long count, int prefetch, long batch);

#endif
