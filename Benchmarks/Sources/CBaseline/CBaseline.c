#include "CBaseline.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

double baseline_wall_seconds(void) {
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

void baseline_prepare_traceparents(void) {
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

void baseline_write_traceparent(char out[BASELINE_TRACEPARENT_SIZE]) {
    memcpy(out, "00-", 3);
    write_word(out + 3, random_word());
    write_word(out + 19, random_word());
    out[35] = '-';
    write_word(out + 36, random_word());
    memcpy(out + 52, "-01", 3);
}

bool baseline_parse_traceparent(const void *bytes, size_t size, uint64_t ids[3]) {
    const uint8_t *in = bytes;
    return size == BASELINE_TRACEPARENT_SIZE && in[2] == '-' && in[35] == '-' && in[52] == '-' &&
           read_word(in + 3, &ids[0]) && read_word(in + 19, &ids[1]) && read_word(in + 36, &ids[2]);
}
