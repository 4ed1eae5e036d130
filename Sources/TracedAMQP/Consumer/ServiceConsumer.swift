internal import TracingCore

/// The consumer of a service: it can be stopped while the connection goes on, for what its handler still publishes.
final class ServiceConsumer: Sendable {
    let lease: ConsumerLease
    private let loops = ActiveLoops()

    init(_ lease: ConsumerLease) { self.lease = lease }

    /// Runs a loop over the deliveries, and ends the consumer after it.
    func run(_ loop: () async throws -> Void) async throws {
        loops.enter()
        defer {
            lease.cancel()
            loops.leave()
        }
        try await loop()
    }

    /// Waits for the handler to return.
    func finished(timeout: Duration) async {
        lease.end()
        if await !loops.allLeft(by: ContinuousClock.now.advanced(by: timeout)) {
            lease.log(.warning, "A handler was still running when the time for its service's shutdown was over")
        }
    }
}
