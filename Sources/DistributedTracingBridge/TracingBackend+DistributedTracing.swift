#if DistributedTracing
public import Tracing
public import TracingCore

extension TracingBackend {
    /// Records with whatever swift-distributed-tracing was bootstrapped with.
    ///
    /// When that is the core (``SpanlinkTracer``), it is used directly, links and attributes reach its sampler, and its
    /// meter provider takes the measurements: bootstrap first. A backend that was asked for earlier finds the tracer as
    /// soon as there is one, and records nothing until then. What was found stays: a tracer that swift-distributed-tracing
    /// gives to one task tree (`withTracer` of its later versions) is named here by ``withBackend(isolation:_:)``.
    public static var distributedTracing: TracingBackend { distributedTracing(metrics: .noop) }

    /// Records with whatever swift-distributed-tracing was bootstrapped with; `metrics` receives what is measured, unless
    /// the tracer is the core with a meter provider of its own.
    public static func distributedTracing(metrics: MeterProvider) -> TracingBackend {
        let bootstrapped = BootstrappedTracer.shared
        if let core = bootstrapped.tracer.tracer as? SpanlinkTracer { return core.backend }
        return .external(bootstrapped, metrics: metrics)
    }

    /// Records with a tracer of swift-distributed-tracing; `metrics` receives what is measured, unless the tracer is the
    /// core (``SpanlinkTracer``) with a meter provider of its own.
    public static func distributedTracing(_ tracer: any Tracer, metrics: MeterProvider = .noop) -> TracingBackend {
        if let core = tracer as? SpanlinkTracer { return core.backend }
        return .external(DistributedTracerAdapter(tracer), metrics: metrics)
    }
}
#endif
