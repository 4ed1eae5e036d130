#if ServiceLifecycle
public import ServiceLifecycle

/// Telemetry as a service: named first in a group, it is stopped last and sees everything.
extension Telemetry: Service {}
#endif
