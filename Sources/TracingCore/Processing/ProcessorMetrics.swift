/// What the batch processor says of itself (OpenTelemetry conventions, `otel.sdk.processor.span.*`).
struct ProcessorMetrics: Sendable {
    private let processedCounter: MetricCounter
    private let component: Attributes

    init(meterProvider: MeterProvider) {
        self.processedCounter = meterProvider.counter(
            name: "otel.sdk.processor.span.processed", unit: "{span}",
            description: "Spans that were handed to the exporter, or were lost before.", scope: .core)
        self.component = [
            "otel.component.type": "batching_span_processor", "otel.component.name": "batching_span_processor/0",
        ]
    }

    /// Spans that were handed to the exporter, whatever came of it.
    func processed(_ count: Int) { processedCounter.add(Int64(count), attributes: component) }

    /// Spans that never reached the exporter.
    func lost(_ count: Int, _ reason: SpanLossReason) {
        guard count > 0 else { return }
        var attributes = component
        attributes["error.type"] = .string(reason.rawValue)
        processedCounter.add(Int64(count), attributes: attributes)
    }
}
