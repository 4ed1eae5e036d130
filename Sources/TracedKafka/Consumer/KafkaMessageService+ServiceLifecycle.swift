#if ServiceLifecycle
public import ServiceLifecycle

/// A graceful shutdown finishes and commits the message in the handler, and leaves the group.
extension KafkaMessageService: Service {}
#endif
