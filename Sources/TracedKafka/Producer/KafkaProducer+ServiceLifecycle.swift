#if ServiceLifecycle
public import ServiceLifecycle

/// A producer as a service: a graceful shutdown delivers what is queued.
extension KafkaProducer: Service {}
#endif
