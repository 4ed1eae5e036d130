#if DistributedTracing
public import DistributedTracingBridge

extension Telemetry {
    /// This telemetry as the backend of swift-distributed-tracing: other libraries' spans go where ours go, and headers are
    /// as ``propagator`` has them.
    ///
    ///     InstrumentationSystem.bootstrap(telemetry.instrument)
    ///
    /// When telemetry is disabled nothing is recorded, and contexts are still passed on.
    public var instrument: SpanlinkTracer { SpanlinkTracer(backend, propagator: propagator) }
}
#endif
