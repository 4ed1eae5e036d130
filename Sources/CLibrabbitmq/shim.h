#ifndef SPANLINK_CLIBRABBITMQ_H
#define SPANLINK_CLIBRABBITMQ_H

/* From 0.14 the headers have a folder of their own, and warn where they used to be. */
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

/* amqp_login_with_properties() is variadic, which Swift cannot call. No channels (0) are as many as the broker offers. */
static inline amqp_rpc_reply_t spanlink_amqp_login_plain(
    amqp_connection_state_t state, const char *vhost, int channel_max, int frame_max, int heartbeat,
    const amqp_table_t *client_properties, const char *user, const char *password) {
    return amqp_login_with_properties(
        state, vhost, channel_max, frame_max, heartbeat, client_properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

/* The identity is what the broker reads from the client's certificate. */
static inline amqp_rpc_reply_t spanlink_amqp_login_external(
    amqp_connection_state_t state, const char *vhost, int channel_max, int frame_max, int heartbeat,
    const amqp_table_t *client_properties, const char *identity) {
    return amqp_login_with_properties(
        state, vhost, channel_max, frame_max, heartbeat, client_properties, AMQP_SASL_METHOD_EXTERNAL, identity);
}

#endif
