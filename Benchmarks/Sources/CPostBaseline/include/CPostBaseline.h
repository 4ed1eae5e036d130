#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// An HTTP sink in a process of its own, and a C program's posts to it: the measure for the exporter.

/// Starts the sink; its port. Call before the process has a second thread. 0 if it cannot be started.
uint16_t baseline_sink_start(pid_t *sink);

/// Ends the sink.
void baseline_sink_stop(pid_t sink);

/// Posts the body `count` times through libcurl, over one connection. Seconds it took; negative if a post fails.
double baseline_post(uint16_t port, const void *body, size_t size, size_t count);
