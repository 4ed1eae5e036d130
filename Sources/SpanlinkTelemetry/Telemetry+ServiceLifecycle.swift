#if ServiceLifecycle
public import ServiceLifecycle

/// Telemetry as a service: named first in a group that shuts down gracefully, it is stopped last and sees everything.
///
/// A group that is cancelled cancels all its services at once: telemetry then stops before the others have ended, and their
/// last spans are not recorded. By default that is what a group does when a service throws or returns, so the services
/// that work are named with
///
///     .init(
///         service: producer, successTerminationBehavior: .gracefullyShutdownGroup,
///         failureTerminationBehavior: .gracefullyShutdownGroup)
extension Telemetry: Service {}
#endif
