#if SwiftMetrics
public import CoreMetrics
import SpanlinkRuntime

/// Hands measurements, as they are made, to swift-metrics: the messaging metrics and the core's own appear in whatever
/// metrics backend the service has. Trait `SwiftMetrics`.
///
///     configuration.metricExporters = [.reader(SwiftMetricsReader())]
///
/// A counter becomes a `Counter`, an up-down counter and a gauge a `Meter`, a histogram of seconds a `Timer` and any other
/// one a `Recorder` that aggregates. Labels are the metrics' names, dimensions their attributes; buckets are the backend's
/// own affair. Safe to use from any thread.
public struct SwiftMetricsReader: MetricReader {
    private let factory: any MetricsFactory

    /// Hands measurements to `factory`, that of the process unless said: bootstrap swift-metrics first.
    public init(factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

    public var temporality: MetricTemporalityPreference { .cumulative }

    /// Does nothing: measurements arrive as they are made.
    public func start(_ source: MetricSource) {}
    public func forceFlush() async -> Bool { true }
    public func shutdown(deadline: ContinuousClock.Instant?) async -> Bool { true }
}

extension SwiftMetricsReader: MeasurementListener {
    func sink(for metric: MetricDescriptor, attributes: Attributes) -> any MeasurementSink {
        let label = metric.name
        let dimensions = attributes.map { ($0.key, $0.value.text) }
        switch metric.kind {
        case .sum(isMonotonic: true) where !metric.isInteger:
            return DoubleCounterSink(
                handler: factory.makeFloatingPointCounter(label: label, dimensions: dimensions))
        case .sum(isMonotonic: true):
            return CounterSink(handler: factory.makeCounter(label: label, dimensions: dimensions))
        case .sum(isMonotonic: false):
            return UpDownSink(handler: factory.makeMeter(label: label, dimensions: dimensions))
        case .gauge: return GaugeSink(factory: factory, label: label, dimensions: dimensions)
        case .histogram where metric.unit == "s", .exponentialHistogram where metric.unit == "s":
            let timer = factory.makeTimer(label: label, dimensions: dimensions)
            timer.preferDisplayUnit(.seconds)
            return TimerSink(handler: timer)
        case .histogram, .exponentialHistogram:
            return RecorderSink(handler: factory.makeRecorder(label: label, dimensions: dimensions, aggregate: true))
        }
    }
}

/// A sink for one kind of measurement ignores the others, which do not reach it.
extension MeasurementSink {
    func add(_ amount: Int64) {}
    func add(_ amount: Double) {}
    func record(_ value: Double) {}
    func clear() {}
}

private struct CounterSink: MeasurementSink {
    let handler: any CounterHandler
    func add(_ amount: Int64) { handler.increment(by: amount) }
}

private struct DoubleCounterSink: MeasurementSink {
    let handler: any FloatingPointCounterHandler
    func add(_ amount: Double) { handler.increment(by: amount) }
}

private struct UpDownSink: MeasurementSink {
    let handler: any MeterHandler
    func add(_ amount: Int64) { add(Double(amount)) }
    func add(_ amount: Double) {
        if amount >= 0 { handler.increment(by: amount) } else { handler.decrement(by: -amount) }
    }
}

private struct TimerSink: MeasurementSink {
    let handler: any TimerHandler
    func record(_ value: Double) {
        handler.recordNanoseconds(Int64(exactly: (value * 1e9).rounded()) ?? .max)
    }
}

private struct RecorderSink: MeasurementSink {
    let handler: any RecorderHandler
    func record(_ value: Double) { handler.record(value) }
}

/// A gauge's series comes and goes.
private final class GaugeSink: MeasurementSink {
    private let factory: any MetricsFactory
    private let label: String
    private let dimensions: [(String, String)]
    private let handler = Mutex<(any MeterHandler)?>(nil)

    init(factory: any MetricsFactory, label: String, dimensions: [(String, String)]) {
        self.factory = factory
        self.label = label
        self.dimensions = dimensions
    }

    func record(_ value: Double) {
        handler.withLock { handler in
            let meter = handler ?? factory.makeMeter(label: label, dimensions: dimensions)
            handler = meter
            meter.set(value)
        }
    }

    func clear() {
        handler.withLock { handler in
            if let handler { factory.destroyMeter(handler) }
            handler = nil
        }
    }
}
#endif
