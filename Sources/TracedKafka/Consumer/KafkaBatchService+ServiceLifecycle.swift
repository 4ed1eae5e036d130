#if ServiceLifecycle
public import ServiceLifecycle

/// A graceful shutdown finishes and commits the batch in the handler, and leaves the group.
extension KafkaBatchService: Service {}
#endif
