#ifndef SPANLINK_CLIBRDKAFKA_H
#define SPANLINK_CLIBRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>

/* rd_kafka_produceva() for a topic handle. Its argument is a table of unions of 72 bytes each; filled here, only the
 * bytes that count are written. The payload is copied. A null key or value is a null pointer; an empty one is not.
 * `headers` pass to librdkafka on success only: on any error they still belong to the caller. */
static inline rd_kafka_resp_err_t spanlink_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *rkt, int32_t partition,
    bool has_key, const void *key, size_t key_size,
    bool has_value, const void *value, size_t value_size,
    int64_t timestamp, rd_kafka_headers_t *headers, void *opaque) {
    static const char empty = 0;
    rd_kafka_vu_t vus[8];
    size_t count = 0;
    rd_kafka_error_t *error;
    rd_kafka_resp_err_t code;

    vus[count].vtype = RD_KAFKA_VTYPE_RKT;
    vus[count++].u.rkt = rkt;
    vus[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    vus[count++].u.i32 = partition;
    vus[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    vus[count++].u.i = RD_KAFKA_MSG_F_COPY;
    vus[count].vtype = RD_KAFKA_VTYPE_VALUE;
    vus[count].u.mem.ptr = has_value ? (void *)(value ? value : &empty) : NULL;
    vus[count++].u.mem.size = has_value ? value_size : 0;
    vus[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    vus[count++].u.ptr = opaque;
    if (has_key) {
        vus[count].vtype = RD_KAFKA_VTYPE_KEY;
        vus[count].u.mem.ptr = (void *)(key ? key : &empty);
        vus[count++].u.mem.size = key_size;
    }
    if (timestamp != 0) {
        vus[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
        vus[count++].u.i64 = timestamp;
    }
    if (headers != NULL) {
        vus[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        vus[count++].u.headers = headers;
    }
    error = rd_kafka_produceva(rk, vus, count);
    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

#endif
