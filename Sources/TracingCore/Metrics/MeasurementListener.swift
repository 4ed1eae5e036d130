/// A reader that wants measurements as they are made, beside what it may collect: the way into another metrics API, which
/// aggregates by itself.
protocol MeasurementListener: MetricReader {
    /// The sink for the measurements of a new series.
    func sink(for metric: MetricDescriptor, attributes: Attributes) -> any MeasurementSink
}

/// Takes the measurements of one series, on the threads and hot paths where they are made.
protocol MeasurementSink: Sendable {
    /// A counter or an up-down counter changed.
    func add(_ amount: Int64)
    /// The same for instruments of floating-point numbers.
    func add(_ amount: Double)
    /// A histogram or a gauge got a value.
    func record(_ value: Double)
    /// A gauge has no value until the next one.
    func clear()
}

extension [any MeasurementSink] {
    @inline(never) func add(_ amount: Int64) { for sink in self { sink.add(amount) } }
    @inline(never) func add(_ amount: Double) { for sink in self { sink.add(amount) } }
    @inline(never) func record(_ value: Double) { for sink in self { sink.record(value) } }
    @inline(never) func clear() { for sink in self { sink.clear() } }
}
