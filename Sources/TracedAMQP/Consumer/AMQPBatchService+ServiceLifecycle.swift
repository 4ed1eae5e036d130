#if ServiceLifecycle
public import ServiceLifecycle

/// A graceful shutdown finishes and acknowledges the batch in the handler, and ends the consumer.
extension AMQPBatchService: Service {}
#endif
