import SpanlinkRuntime

/// Links over a span's limit: counted on a metric, said once in the log. Never silent.
final class DroppedLinks: Sendable {
    private let counter: MetricCounter
    private let logSink: any LogSink
    private let hasLogged = Atomic(false)

    init(meterProvider: MeterProvider, logSink: any LogSink) {
        self.counter = meterProvider.counter(
            name: "spanlink.span.links.dropped", unit: "{link}",
            description: "Links that a span could not hold because of its limit.", scope: .core)
        self.logSink = logSink
    }

    func count(_ links: Int) {
        counter.add(Int64(links))
        guard hasLogged.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        logSink.warning(
            "a span had more links than its limit; more of them are only counted (metric spanlink.span.links.dropped). "
                + "Raise the limit, or take smaller batches",
            metadata: [("dropped", String(links))])
    }
}

extension InstrumentationScope {
    /// The scope of what the core measures of itself.
    static let core = InstrumentationScope(name: "spanlink.core", version: SpanlinkVersion.current)
}
