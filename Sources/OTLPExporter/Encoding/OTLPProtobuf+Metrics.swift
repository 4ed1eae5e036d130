import TracingCore

extension OTLPProtobuf {
    /// An `ExportMetricsServiceRequest` (and `MetricsData`) with one resource; metrics of one scope stand together.
    static func write(_ metrics: [MetricData], resource: Resource, to writer: inout ProtobufWriter) {
        writer.message(1) { writer in
            write(3, text: resource.schemaURL, to: &writer)
            for (scope, positions) in metrics.indices.exportGroups(by: { metrics[$0].scope }).reversed() {
                writer.message(2) { writer in
                    write(3, text: scope.schemaURL, to: &writer)
                    for position in positions.reversed() {
                        writer.message(2) { writer in write(metrics[position], to: &writer) }
                    }
                    write(1, scope, to: &writer)
                }
            }
            write(1, resource, to: &writer)
        }
    }

    /// A `Metric`.
    private static func write(_ metric: MetricData, to writer: inout ProtobufWriter) {
        switch metric.kind {
        case .gauge: writer.message(5) { writer in writePoints(of: metric, to: &writer) }
        case .sum(let isMonotonic):
            writer.message(7) { writer in
                if isMonotonic { writer.varint(3, 1) }
                writer.varint(2, UInt64(metric.temporality.rawValue))
                writePoints(of: metric, to: &writer)
            }
        case .histogram:
            writer.message(9) { writer in
                writer.varint(2, UInt64(metric.temporality.rawValue))
                writePoints(of: metric, to: &writer)
            }
        }
        write(3, text: metric.unit, to: &writer)
        write(2, text: metric.description, to: &writer)
        write(1, text: metric.name, to: &writer)
    }

    private static func writePoints(of metric: MetricData, to writer: inout ProtobufWriter) {
        for point in metric.points.reversed() {
            writer.message(1) { writer in write(point, of: metric.kind, to: &writer) }
        }
    }

    /// A `NumberDataPoint` or a `HistogramDataPoint`, which differ in the number of their attributes' field.
    private static func write(
        _ point: MetricPoint, of kind: MetricData.Kind, to writer: inout ProtobufWriter
    ) {
        switch point.value {
        case .int(let value):
            write(7, point.attributes, to: &writer)
            writer.fixed64(6, UInt64(bitPattern: value))
        case .double(let value):
            write(7, point.attributes, to: &writer)
            writer.double(4, value)
        case .histogram(let value): write(value, point.attributes, to: &writer)
        }
        write(3, time: point.time, to: &writer)
        // A gauge's value counts for its time alone.
        if kind != .gauge { write(2, time: point.start, to: &writer) }
    }

    /// The fields of a `HistogramDataPoint` from `count` on.
    private static func write(
        _ histogram: HistogramValue, _ attributes: Attributes, to writer: inout ProtobufWriter
    ) {
        if let max = histogram.max { writer.double(12, max) }
        if let min = histogram.min { writer.double(11, min) }
        write(9, attributes, to: &writer)
        if !histogram.bucketCounts.isEmpty {
            if !histogram.bounds.isEmpty { writer.packed(7, histogram.bounds.lazy.map(\.bitPattern)) }
            writer.packed(6, histogram.bucketCounts)
        }
        writer.double(5, histogram.sum)
        if histogram.count > 0 { writer.fixed64(4, histogram.count) }
    }
}
