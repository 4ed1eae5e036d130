#if ServiceLifecycle
public import ServiceLifecycle

/// A graceful shutdown finishes and acknowledges the message in the handler, and ends the consumer.
extension AMQPMessageService: Service {}
#endif
