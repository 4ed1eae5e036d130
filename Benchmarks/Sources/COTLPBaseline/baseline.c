#include "COTLPBaseline.h"

#include <string.h>
#include <time.h>

// From the last byte to the first, as the encoder in Swift does: a length is known when it is written.
typedef struct {
    uint8_t *begin;
    uint8_t *at;
    int overflow;
} writer;

static inline uint8_t *take(writer *w, size_t count) {
    if ((size_t)(w->at - w->begin) < count) {
        w->overflow = 1;
        w->at = w->begin + count;
    }
    return w->at -= count;
}

static inline void varint(writer *w, uint64_t value) {
    uint8_t bytes[10];
    size_t count = 0;
    do {
        bytes[count++] = (uint8_t)(value | 0x80);
        value >>= 7;
    } while (value);
    bytes[count - 1] &= 0x7F;
    memcpy(take(w, count), bytes, count);
}

static inline void tag(writer *w, uint32_t field, uint32_t type) { varint(w, (uint64_t)field << 3 | type); }

static inline void end_message(writer *w, uint32_t field, const uint8_t *end) {
    varint(w, (uint64_t)(end - w->at));
    tag(w, field, 2);
}

static inline void text(writer *w, uint32_t field, baseline_text value) {
    const uint8_t *end = w->at;
    memcpy(take(w, value.count), value.bytes, value.count);
    end_message(w, field, end);
}

static inline void fixed64(writer *w, uint32_t field, uint64_t value) {
    memcpy(take(w, 8), &value, 8);
    tag(w, field, 1);
}

static inline void fixed32(writer *w, uint32_t field, uint32_t value) {
    memcpy(take(w, 4), &value, 4);
    tag(w, field, 5);
}

static inline void big_endian(writer *w, uint64_t value) {
    value = __builtin_bswap64(value);
    memcpy(take(w, 8), &value, 8);
}

static inline void identity(writer *w, uint64_t high, uint64_t low, uint64_t span) {
    const uint8_t *end = w->at;
    big_endian(w, span);
    end_message(w, 2, end);
    end = w->at;
    big_endian(w, low);
    big_endian(w, high);
    end_message(w, 1, end);
}

static void attributes(writer *w, uint32_t field, baseline_attributes list) {
    for (size_t i = list.count; i-- > 0;) {
        const baseline_attribute *attribute = &list.elements[i];
        const uint8_t *end = w->at;
        const uint8_t *value_end = w->at;
        if (attribute->text.bytes) {
            text(w, 1, attribute->text);
        } else if (attribute->is_double) {
            uint64_t bits;
            memcpy(&bits, &attribute->number, 8);
            fixed64(w, 4, bits);
        } else {
            varint(w, (uint64_t)attribute->integer);
            tag(w, 3, 0);
        }
        end_message(w, 2, value_end);
        text(w, 1, attribute->key);
        end_message(w, field, end);
    }
}

static void write_span(writer *w, const baseline_span *span) {
    fixed32(w, 16, span->flags);
    for (size_t i = span->link_count; i-- > 0;) {
        const baseline_link *link = &span->links[i];
        const uint8_t *end = w->at;
        fixed32(w, 6, link->flags);
        attributes(w, 4, link->attributes);
        identity(w, link->trace_high, link->trace_low, link->span);
        end_message(w, 13, end);
    }
    attributes(w, 9, span->attributes);
    fixed64(w, 8, span->end);
    fixed64(w, 7, span->start);
    varint(w, (uint64_t)span->kind);
    tag(w, 6, 0);
    text(w, 5, span->name);
    if (span->parent) {
        const uint8_t *end = w->at;
        big_endian(w, span->parent);
        end_message(w, 4, end);
    }
    identity(w, span->trace_high, span->trace_low, span->span);
}

const uint8_t *baseline_encode(const baseline_request *request, uint8_t *buffer, size_t capacity) {
    writer w = {buffer, buffer + capacity, 0};
    const uint8_t *resource_end = w.at;
    const uint8_t *scope_end = w.at;
    for (size_t i = request->span_count; i-- > 0;) {
        const uint8_t *end = w.at;
        write_span(&w, &request->spans[i]);
        end_message(&w, 2, end);
    }
    const uint8_t *end = w.at;
    text(&w, 2, request->scope_version);
    text(&w, 1, request->scope_name);
    end_message(&w, 1, end);
    end_message(&w, 2, scope_end);
    end = w.at;
    attributes(&w, 1, request->resource);
    end_message(&w, 1, end);
    end_message(&w, 1, resource_end);
    return w.overflow ? NULL : w.at;
}

// xoshiro256**, as the tracer in Swift draws its ids.
static inline uint64_t rotate(uint64_t value, int count) { return value << count | value >> (64 - count); }

static inline uint64_t next_random(uint64_t *state) {
    uint64_t result = rotate(state[1] * 5, 7) * 9, shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

static inline uint64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t baseline_process_time(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

void baseline_record(baseline_tracer *tracer, baseline_span *span) {
    span->start = nanoseconds(CLOCK_REALTIME);
    span->trace_high = next_random(tracer->random);
    span->trace_low = next_random(tracer->random);
    span->span = next_random(tracer->random);
    span->end = nanoseconds(CLOCK_REALTIME);
    if (!tracer->at) tracer->at = tracer->buffer + tracer->capacity;
    writer w = {tracer->buffer, tracer->at, 0};
    const uint8_t *end = w.at;
    write_span(&w, span);
    end_message(&w, 2, end);
    tracer->at = w.at;
    if (++tracer->span_count == tracer->limit) baseline_flush(tracer);
}

void baseline_flush(baseline_tracer *tracer) {
    if (!tracer->span_count) return;
    writer w = {tracer->buffer, tracer->at, 0};
    const uint8_t *buffer_end = tracer->buffer + tracer->capacity, *end = w.at;
    text(&w, 2, tracer->scope_version);
    text(&w, 1, tracer->scope_name);
    end_message(&w, 1, end);
    end_message(&w, 2, buffer_end);
    end = w.at;
    attributes(&w, 1, tracer->resource);
    end_message(&w, 1, end);
    end_message(&w, 1, buffer_end);
    tracer->bytes += (uint64_t)(buffer_end - w.at);
    tracer->spans += tracer->span_count;
    tracer->span_count = 0;
    tracer->at = tracer->buffer + tracer->capacity;
}
