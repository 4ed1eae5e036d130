#if ServiceLifecycle
public import ServiceLifecycle

/// A connection as a service: a graceful shutdown waits for handlers and for the broker's answers, and closes it.
extension AMQPConnection: Service {}
#endif
