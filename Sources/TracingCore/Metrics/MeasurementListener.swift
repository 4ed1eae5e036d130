/// A reader that wants measurements as they are made, beside what it may collect: the way into another metrics API, which
/// aggregates by itself.
protocol MeasurementListener: MetricReader {
    /// Who takes the measurements of a new series.
    func sink(for metric: MetricDescriptor, attributes: Attributes) -> any MeasurementSink
}

/// Takes the measurements of one series, on the threads and hot paths where they are made.
@usableFromInline
protocol MeasurementSink: Sendable {
    /// A counter or an up-down counter changed.
    func add(_ amount: Int64)
    /// A histogram or a gauge got a value.
    func record(_ value: Double)
    /// A gauge has no value until the next one.
    func clear()
}

extension [any MeasurementSink] {
    @usableFromInline func add(_ amount: Int64) { for sink in self { sink.add(amount) } }
    @usableFromInline func record(_ value: Double) { for sink in self { sink.record(value) } }
    @usableFromInline func clear() { for sink in self { sink.clear() } }
}
