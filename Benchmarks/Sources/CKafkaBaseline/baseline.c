#include "kafka_baseline.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char error[256];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
}

static long delivered;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk;
    (void)opaque;
    if (message->err) {
        fprintf(stderr, "not delivered: %s\n", rd_kafka_err2str(message->err));
        exit(1);
    }
    delivered++;
}

baseline_result kafka_baseline_produce(
    const char *bootstrap, const char *topic, int partitions, long count, int size, bool traceparent) {
    baseline_prepare_traceparents();
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(rk, 0, rkt, &metadata, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
    char *value = calloc(1, (size_t)size);
    char header[BASELINE_TRACEPARENT_SIZE];

    delivered = 0;
    double cpu = baseline_cpu_seconds(), wall = baseline_wall_seconds();
    for (long index = 0; index < count; index++) {
        rd_kafka_vu_t arguments[5];
        size_t arity = 4;
        rd_kafka_headers_t *headers = NULL;
        arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
        arguments[0].u.rkt = rkt;
        arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
        arguments[1].u.i32 = (int32_t)(index * partitions / count);
        arguments[2].vtype = RD_KAFKA_VTYPE_VALUE;
        arguments[2].u.mem.ptr = value;
        arguments[2].u.mem.size = (size_t)size;
        arguments[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
        arguments[3].u.i = RD_KAFKA_MSG_F_COPY;
        if (traceparent) {
            baseline_write_traceparent(header);
            headers = rd_kafka_headers_new(1);
            rd_kafka_header_add(headers, "traceparent", 11, header, sizeof header);
            arguments[4].vtype = RD_KAFKA_VTYPE_HEADERS;
            arguments[4].u.headers = headers;
            arity = 5;
        }
        rd_kafka_error_t *failure;
        while ((failure = rd_kafka_produceva(rk, arguments, arity))) {
            if (rd_kafka_error_code(failure) != RD_KAFKA_RESP_ERR__QUEUE_FULL) exit(1);
            rd_kafka_error_destroy(failure);
            rd_kafka_poll(rk, 5);
        }
        if ((index & 255) == 0) rd_kafka_poll(rk, 0);
    }
    rd_kafka_flush(rk, 60000);
    baseline_result result = {delivered, baseline_cpu_seconds() - cpu, baseline_wall_seconds() - wall};
    free(value);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return result;
}

baseline_result kafka_baseline_consume(const char *bootstrap, const char *topic, int partitions, long count, int batch) {
    baseline_prepare_traceparents();
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "group.id", "baseline");
    set(conf, "enable.auto.commit", "false");
    set(conf, "fetch.wait.max.ms", "10");
    set(conf, "queued.min.messages", "10000000");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int partition = 0; partition < partitions; partition++)
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(rk, list);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    rd_kafka_message_t **messages = calloc((size_t)batch, sizeof *messages);

    baseline_result result = {0, 0, 0};
    double cpu = 0, wall = 0;
    uint64_t ids[3], sum = 0;
    while (result.messages < count) {
        ssize_t got;
        if (batch > 1) {
            got = rd_kafka_consume_batch_queue(queue, 100, messages, (size_t)batch);
        } else {
            messages[0] = rd_kafka_consumer_poll(rk, 100);
            got = messages[0] != NULL;
        }
        for (ssize_t index = 0; index < got; index++) {
            rd_kafka_message_t *message = messages[index];
            if (!message->err) {
                if (result.messages++ == 0) {
                    cpu = baseline_cpu_seconds();
                    wall = baseline_wall_seconds();
                }
                rd_kafka_headers_t *headers;
                const void *value;
                size_t size;
                if (!rd_kafka_message_headers(message, &headers) &&
                    !rd_kafka_header_get_last(headers, "traceparent", &value, &size) &&
                    baseline_parse_traceparent(value, size, ids))
                    sum ^= ids[0] ^ ids[1] ^ ids[2];
                sum += message->len;
            }
            rd_kafka_message_destroy(message);
        }
    }
    result.cpu_seconds = baseline_cpu_seconds() - cpu;
    result.wall_seconds = baseline_wall_seconds() - wall;
    if (sum == 42) puts("");  /* So that nothing of the loop is optimised away. */
    free(messages);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return result;
}
