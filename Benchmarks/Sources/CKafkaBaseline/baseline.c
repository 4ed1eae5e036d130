#include "baseline.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double baseline_cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Hexadecimal by table: a naive loop would cost more than all the rest and flatter what is compared with it. */
static char pairs[256][2];
static int8_t digits[256];

static void make_tables(void) {
    static const char hex[] = "0123456789abcdef";
    for (int byte = 0; byte < 256; byte++) {
        pairs[byte][0] = hex[byte >> 4];
        pairs[byte][1] = hex[byte & 15];
        digits[byte] = -1;
    }
    for (int value = 0; value < 16; value++) digits[(uint8_t)hex[value]] = (int8_t)value;
}

static void write_word(char *out, uint64_t word) {
    for (int byte = 7; byte >= 0; byte--, word >>= 8) memcpy(out + 2 * byte, pairs[word & 255], 2);
}

static bool read_word(const uint8_t *in, uint64_t *word) {
    int invalid = 0;
    uint64_t value = 0;
    for (int place = 0; place < 16; place++) {
        int digit = digits[in[place]];
        invalid |= digit;
        value = value << 4 | (uint64_t)(digit & 15);
    }
    *word = value;
    return invalid >= 0;
}

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint64_t random_word(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void write_traceparent(char *out) {
    memcpy(out, "00-", 3);
    write_word(out + 3, random_word());
    write_word(out + 19, random_word());
    out[35] = '-';
    write_word(out + 36, random_word());
    memcpy(out + 52, "-01", 3);
}

static bool parse_traceparent(const uint8_t *in, size_t size, uint64_t ids[3]) {
    return size == 55 && in[2] == '-' && in[35] == '-' && in[52] == '-' && read_word(in + 3, &ids[0]) &&
           read_word(in + 19, &ids[1]) && read_word(in + 36, &ids[2]);
}

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

baseline_result baseline_produce(
    const char *bootstrap, const char *topic, int partitions, long count, int size, bool traceparent) {
    make_tables();
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
    char header[55];

    delivered = 0;
    double cpu = baseline_cpu_seconds(), wall = wall_seconds();
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
            write_traceparent(header);
            headers = rd_kafka_headers_new(1);
            rd_kafka_header_add(headers, "traceparent", 11, header, 55);
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
    baseline_result result = {delivered, baseline_cpu_seconds() - cpu, wall_seconds() - wall};
    free(value);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return result;
}

baseline_result baseline_consume(const char *bootstrap, const char *topic, int partitions, long count, int batch) {
    make_tables();
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
                    wall = wall_seconds();
                }
                rd_kafka_headers_t *headers;
                const void *value;
                size_t size;
                if (!rd_kafka_message_headers(message, &headers) &&
                    !rd_kafka_header_get_last(headers, "traceparent", &value, &size) &&
                    parse_traceparent(value, size, ids))
                    sum ^= ids[0] ^ ids[1] ^ ids[2];
                sum += message->len;
            }
            rd_kafka_message_destroy(message);
        }
    }
    result.cpu_seconds = baseline_cpu_seconds() - cpu;
    result.wall_seconds = wall_seconds() - wall;
    if (sum == 42) puts("");  /* So that nothing of the loop is optimised away. */
    free(messages);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return result;
}
