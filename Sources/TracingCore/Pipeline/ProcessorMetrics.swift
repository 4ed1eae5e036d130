import SpanlinkRuntime

/// Metrics of the batch processor itself (OpenTelemetry conventions, `otel.sdk.processor.span.*`).
struct ProcessorMetrics: Sendable {
    private let processed: BoundCounter
    private let lost: [SpanLossReason: BoundCounter]
    private let queueSize: BoundUpDownCounter
    private let meterProvider: MeterProvider
    /// Tells the processors of a process apart.
    private static let count = Atomic(0)

    init(meterProvider: MeterProvider, queueCapacity: Int) {
        self.meterProvider = meterProvider
        let index = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
        let component: Attributes = [
            "otel.component.type": "batching_span_processor",
            "otel.component.name": "batching_span_processor/\(index)",
        ]
        let counter = meterProvider.counter(
            name: "otel.sdk.processor.span.processed", unit: "{span}",
            description: "Spans that were handed to the exporter, or were lost before.", scope: .core)
        self.processed = counter.bind(component)
        self.lost = Dictionary(
            uniqueKeysWithValues: SpanLossReason.allCases.map { reason in
                var attributes = component
                attributes["error.type"] = .string(reason.rawValue)
                return (reason, counter.bind(attributes))
            })
        self.queueSize = meterProvider.upDownCounter(
            name: "otel.sdk.processor.span.queue.size", unit: "{span}", description: "Spans that wait in the queue.",
            scope: .core
        ).bind(component)
        meterProvider.upDownCounter(
            name: "otel.sdk.processor.span.queue.capacity", unit: "{span}",
            description: "Spans that the queue can hold.", scope: .core
        ).add(Int64(queueCapacity), attributes: component)
    }

    /// Reports the size of the queue at each collection: no span pays for it.
    func reportQueueSize(_ size: @escaping @Sendable () -> Int) -> MetricCallback {
        let (reported, queueSize) = (Reported(), queueSize)
        return meterProvider.onCollect {
            reported.size.withLock { reported in
                let now = size()
                queueSize.add(Int64(now - reported))
                reported = now
            }
        }
    }

    private final class Reported: Sendable {
        let size = Mutex(0)
    }

    /// Counts spans that were handed to the exporter, whether or not it succeeded.
    func processed(_ count: Int) { processed.add(Int64(count)) }

    /// Counts spans that never reached the exporter.
    func lost(_ count: Int, _ reason: SpanLossReason) {
        if count > 0 { lost[reason]?.add(Int64(count)) }
    }
}
