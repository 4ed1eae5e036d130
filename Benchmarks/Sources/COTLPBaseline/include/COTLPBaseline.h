#pragma once
#include <stddef.h>
#include <stdint.h>

// OTLP's trace request in protobuf as plain C writes it: the measure for the encoder in Swift, and byte for byte the same.

typedef struct {
    const char *bytes;
    size_t count;
} baseline_text;

/// A string if `text.bytes` is there, otherwise a floating-point number if `is_double`, otherwise an integer.
typedef struct {
    baseline_text key;
    baseline_text text;
    int64_t integer;
    double number;
    int is_double;
} baseline_attribute;

typedef struct {
    const baseline_attribute *elements;
    size_t count;
} baseline_attributes;

typedef struct {
    uint64_t trace_high, trace_low, span;
    uint32_t flags;
    baseline_attributes attributes;
} baseline_link;

typedef struct {
    uint64_t trace_high, trace_low, span, parent;
    uint32_t flags;
    int kind;
    uint64_t start, end;
    baseline_text name;
    baseline_attributes attributes;
    const baseline_link *links;
    size_t link_count;
} baseline_span;

/// Spans of one resource and one scope.
typedef struct {
    baseline_attributes resource;
    baseline_text scope_name, scope_version;
    const baseline_span *spans;
    size_t span_count;
} baseline_request;

/// Traces as a C program would: one thread, one buffer, spans encoded where they end.
typedef struct {
    baseline_attributes resource;
    baseline_text scope_name, scope_version;
    uint8_t *buffer;
    size_t capacity;
    uint64_t random[4];
    /// The tail of the buffer that is written, and its spans.
    uint8_t *at;
    size_t span_count, limit;
    /// Bytes and spans of all requests that were ready to post.
    uint64_t bytes, spans;
} baseline_tracer;

/// Reads the clock twice, draws the ids, and encodes `span` with them. A request is ready when `limit` spans are there.
void baseline_record(baseline_tracer *tracer, baseline_span *span);

/// Puts the headers of resource and scope before the spans and counts the request.
void baseline_flush(baseline_tracer *tracer);

/// CPU time of the process in nanoseconds.
uint64_t baseline_process_time(void);

/// Writes the request to the end of `buffer`, which holds `capacity` bytes; where it begins, `NULL` when it does not fit.
const uint8_t *baseline_encode(const baseline_request *request, uint8_t *buffer, size_t capacity);
