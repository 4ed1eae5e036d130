#include "amqp_baseline.h"

#include "../CLibrabbitmqForBaseline/shim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void check(int status) {
    if (status != AMQP_STATUS_OK) fail(amqp_error_string2(status));
}

static void check_reply(amqp_rpc_reply_t reply, const char *what) {
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail(what);
}

/* Logged in, with channel 1 open. */
static amqp_connection_state_t connect_to(const char *url) {
    char *copy = strdup(url);
    struct amqp_connection_info info;
    amqp_default_connection_info(&info);
    check(amqp_parse_url(copy, &info));
    amqp_connection_state_t state = amqp_new_connection();
    check(amqp_socket_open(amqp_tcp_socket_new(state), info.host, info.port));
    check_reply(
        amqp_login(state, info.vhost, 0, 131072, 30, AMQP_SASL_METHOD_PLAIN, info.user, info.password), "no login");
    amqp_channel_open(state, 1);
    check_reply(amqp_get_rpc_reply(state), "no channel");
    free(copy);
    return state;
}

static void disconnect(amqp_connection_state_t state) {
    amqp_connection_close(state, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(state);
}

/* Waits for a frame that confirms: up to which sequence number all are confirmed. What one channel sends to one classic queue
   RabbitMQ confirms in order. */
static uint64_t wait_for_confirm(amqp_connection_state_t state, uint64_t confirmed) {
    for (;;) {
        amqp_frame_t frame;
        amqp_maybe_release_buffers(state);
        check(amqp_simple_wait_frame(state, &frame));
        if (frame.frame_type != AMQP_FRAME_METHOD) continue;
        if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) fail("not confirmed");
        amqp_basic_ack_t *ack = frame.payload.method.decoded;
        if (!ack->multiple && ack->delivery_tag != confirmed + 1) fail("confirmed out of order");
        return ack->delivery_tag;
    }
}

baseline_result amqp_baseline_publish(
    const char *url, const char *queue, long count, int size, bool traceparent, long window, bool sliding) {
    baseline_prepare_traceparents();
    amqp_connection_state_t state = connect_to(url);
    amqp_confirm_select(state, 1);
    check_reply(amqp_get_rpc_reply(state), "no confirms");
    amqp_bytes_t key = amqp_cstring_bytes(queue);
    amqp_bytes_t body = {(size_t)size, calloc(1, (size_t)size)};
    char header[BASELINE_TRACEPARENT_SIZE];
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes("traceparent")};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = (amqp_bytes_t){sizeof header, header};
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = 1};
    if (traceparent) {
        properties._flags |= AMQP_BASIC_HEADERS_FLAG;
        properties.headers = (amqp_table_t){1, &entry};
    }

    double cpu = baseline_cpu_seconds(), wall = baseline_wall_seconds();
    uint64_t confirmed = 0;
    for (long sent = 1; sent <= count; sent++) {
        if (traceparent) baseline_write_traceparent(header);
        check(amqp_basic_publish(state, 1, amqp_empty_bytes, key, 0, 0, &properties, body));
        long unconfirmed = sent - (long)confirmed;
        if (unconfirmed < window && sent < count) continue;
        long rest = sliding && sent < count ? window - 1 : 0;
        while (sent - (long)confirmed > rest) confirmed = wait_for_confirm(state, confirmed);
    }
    baseline_result result = {count, baseline_cpu_seconds() - cpu, baseline_wall_seconds() - wall};
    free(body.bytes);
    disconnect(state);
    return result;
}

static bool read_traceparent(const amqp_basic_properties_t *properties, uint64_t ids[3]) {
    if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG)) return false;
    for (int index = 0; index < properties->headers.num_entries; index++) {
        const amqp_table_entry_t *entry = &properties->headers.entries[index];
        if (entry->key.len != 11 || memcmp(entry->key.bytes, "traceparent", 11) != 0) continue;
        return entry->value.kind == AMQP_FIELD_KIND_UTF8 &&
               baseline_parse_traceparent(entry->value.value.bytes.bytes, entry->value.value.bytes.len, ids);
    }
    return false;
}

baseline_result amqp_baseline_consume(const char *url, const char *queue, long count, int prefetch, long batch) {
    baseline_prepare_traceparents();
    amqp_connection_state_t state = connect_to(url);
    baseline_result result = {0, 0, 0};
    uint64_t ids[3], sum = 0;

    double cpu = baseline_cpu_seconds(), wall = baseline_wall_seconds();
    amqp_basic_qos(state, 1, 0, (uint16_t)prefetch, 0);
    check_reply(amqp_get_rpc_reply(state), "no prefetch");
    amqp_basic_consume(state, 1, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check_reply(amqp_get_rpc_reply(state), "no consumer");
    while (result.messages < count) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(state);
        check_reply(amqp_consume_message(state, &envelope, NULL, 0), "no message");
        if (read_traceparent(&envelope.message.properties, ids)) sum ^= ids[0] ^ ids[1] ^ ids[2];
        sum += envelope.message.body.len;
        result.messages++;
        if (result.messages % batch == 0 || result.messages == count)
            check(amqp_basic_ack(state, 1, envelope.delivery_tag, batch > 1));
        amqp_destroy_envelope(&envelope);
    }
    result.cpu_seconds = baseline_cpu_seconds() - cpu;
    result.wall_seconds = baseline_wall_seconds() - wall;
    if (sum == 42) puts("");  /* So that nothing of the loop is optimised away. */
    disconnect(state);
    return result;
}
