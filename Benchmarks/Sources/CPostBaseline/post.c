#define _GNU_SOURCE
#include "CPostBaseline.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";

// Reads requests with a Content-Length and answers each, until the connection ends.
static void *serve(void *argument) {
    int connection = (int)(intptr_t)argument;
    size_t capacity = 1 << 20, filled = 0;
    char *buffer = malloc(capacity + 1);
    for (;;) {
        buffer[filled] = 0;
        char *end = filled ? strstr(buffer, "\r\n\r\n") : NULL;
        if (!end && filled < capacity) {
            ssize_t count = read(connection, buffer + filled, capacity - filled);
            if (count <= 0) break;
            filled += (size_t)count;
            continue;
        }
        if (!end) break;
        char *length = strcasestr(buffer, "content-length:");
        size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
        size_t have = filled - (size_t)(end + 4 - buffer);
        if (have > body) break;
        size_t left = body - have;
        while (left > 0) {
            ssize_t count = read(connection, buffer, left < capacity ? left : capacity);
            if (count <= 0) goto done;
            left -= (size_t)count;
        }
        filled = 0;
        if (write(connection, answer, sizeof answer - 1) < 0) break;
    }
done:
    free(buffer);
    close(connection);
    return NULL;
}

uint16_t baseline_sink_start(pid_t *sink) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 16)) return 0;
    getsockname(listener, (struct sockaddr *)&address, &size);
    pid_t child = fork();
    if (child < 0) return 0;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        for (;;) {
            int connection = accept(listener, NULL, NULL);
            if (connection < 0) _exit(0);
            int on = 1;
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            pthread_t thread;
            if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection)) _exit(1);
            pthread_detach(thread);
        }
    }
    close(listener);
    *sink = child;
    return ntohs(address.sin_port);
}

void baseline_sink_stop(pid_t sink) {
    kill(sink, SIGKILL);
    waitpid(sink, NULL, 0);
}

static size_t discard(char *bytes, size_t size, size_t count, void *context) { return size * count; }

double baseline_post(uint16_t port, const void *body, size_t size, size_t count) {
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/x-protobuf");
    headers = curl_slist_append(headers, "Expect:");
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/traces", port);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int failed = 0;
    for (size_t index = 0; index < count && !failed; index++) failed = curl_easy_perform(easy) != CURLE_OK;
    clock_gettime(CLOCK_MONOTONIC, &end);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return failed ? -1 : (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}
