import TracingCore

extension OTLPSchema {
    /// An `ExportMetricsServiceRequest` with one resource; metrics of one scope stand together.
    static func write<Sink: OTLPSink>(_ metrics: [MetricData], resource: Resource, to sink: inout Sink) {
        let levels = Levels(resources: "resourceMetrics", scopes: "scopeMetrics", items: "metrics")
        let groups = [ResourceItems(resource: resource, scopes: metrics.exportGroups(by: \.scope))]
        request(levels, groups, to: &sink, size: size) { field, metric, sink in
            sink.element(field, expecting: size(of: metric)) { write(metric, to: &$0) }
        }
    }

    /// About how many bytes a metric has.
    private static func size(of metric: MetricData) -> Int { 64 + metric.points.count * 128 }

    /// A `Metric`.
    private static func write<Sink: OTLPSink>(_ metric: MetricData, to sink: inout Sink) {
        write(OTLPField(1, "name"), text: metric.name, to: &sink)
        write(OTLPField(2, "description"), text: metric.description, to: &sink)
        write(OTLPField(3, "unit"), text: metric.unit, to: &sink)
        let size = metric.points.count * 128
        switch metric.kind {
        case .gauge:
            sink.message(OTLPField(5, "gauge"), expecting: size) { writePoints(of: metric, to: &$0) }
        case .sum(let isMonotonic):
            sink.message(OTLPField(7, "sum"), expecting: size) { sink in
                writePoints(of: metric, to: &sink)
                write(OTLPField(2, "aggregationTemporality"), metric.temporality, to: &sink)
                if isMonotonic || Sink.writesDefaults { sink.bool(OTLPField(3, "isMonotonic"), isMonotonic) }
            }
        case .histogram:
            sink.message(OTLPField(9, "histogram"), expecting: size) { sink in
                writePoints(of: metric, to: &sink)
                write(OTLPField(2, "aggregationTemporality"), metric.temporality, to: &sink)
            }
        case .exponentialHistogram:
            sink.message(OTLPField(10, "exponentialHistogram"), expecting: size) { sink in
                writePoints(of: metric, to: &sink)
                write(OTLPField(2, "aggregationTemporality"), metric.temporality, to: &sink)
            }
        }
    }

    private static func write<Sink: OTLPSink>(
        _ field: OTLPField, _ temporality: MetricTemporality, to sink: inout Sink
    ) {
        sink.enumeration(field, temporality.rawValue)
    }

    private static func writePoints<Sink: OTLPSink>(of metric: MetricData, to sink: inout Sink) {
        let field = OTLPField(1, "dataPoints")
        sink.repeated(field) { sink in
            var size = 128
            for point in metric.points {
                size = sink.element(field, expecting: size) { write(point, of: metric.kind, to: &$0) }
            }
        }
    }

    /// A `NumberDataPoint`, a `HistogramDataPoint` or an `ExponentialHistogramDataPoint`.
    private static func write<Sink: OTLPSink>(
        _ point: MetricPoint, of kind: MetricData.Kind, to sink: inout Sink
    ) {
        if case .exponentialHistogram(let value) = point.value { return write(value, point, to: &sink) }
        writeTimes(of: point, hasStart: kind != .gauge, to: &sink)
        switch point.value {
        case .int(let value):
            sink.sfixed64(OTLPField(6, "asInt"), value)
            write(OTLPField(5, "exemplars"), point.exemplars, to: &sink)
            write(OTLPField(7, "attributes"), point.attributes, to: &sink)
        case .double(let value):
            sink.double(OTLPField(4, "asDouble"), value)
            write(OTLPField(5, "exemplars"), point.exemplars, to: &sink)
            write(OTLPField(7, "attributes"), point.attributes, to: &sink)
        case .histogram(let value): write(value, point, to: &sink)
        case .exponentialHistogram: break
        }
    }

    /// A gauge's value counts for its time alone.
    private static func writeTimes<Sink: OTLPSink>(of point: MetricPoint, hasStart: Bool, to sink: inout Sink) {
        if hasStart { write(OTLPField(2, "startTimeUnixNano"), time: point.start, to: &sink) }
        write(OTLPField(3, "timeUnixNano"), time: point.time, to: &sink)
    }

    /// The fields of a `HistogramDataPoint` from `count` on.
    private static func write<Sink: OTLPSink>(
        _ histogram: HistogramValue, _ point: MetricPoint, to sink: inout Sink
    ) {
        if histogram.count > 0 || Sink.writesDefaults { sink.fixed64(OTLPField(4, "count"), histogram.count) }
        sink.double(OTLPField(5, "sum"), histogram.sum)
        if !histogram.bucketCounts.isEmpty {
            sink.packed(OTLPField(6, "bucketCounts"), fixed64: histogram.bucketCounts)
            sink.packed(OTLPField(7, "explicitBounds"), double: histogram.bounds)
        }
        write(OTLPField(8, "exemplars"), point.exemplars, to: &sink)
        write(OTLPField(9, "attributes"), point.attributes, to: &sink)
        if let min = histogram.min { sink.double(OTLPField(11, "min"), min) }
        if let max = histogram.max { sink.double(OTLPField(12, "max"), max) }
    }

    /// An `ExponentialHistogramDataPoint`.
    private static func write<Sink: OTLPSink>(
        _ histogram: ExponentialHistogramValue, _ point: MetricPoint, to sink: inout Sink
    ) {
        write(OTLPField(1, "attributes"), point.attributes, to: &sink)
        writeTimes(of: point, hasStart: true, to: &sink)
        if histogram.count > 0 || Sink.writesDefaults { sink.fixed64(OTLPField(4, "count"), histogram.count) }
        sink.double(OTLPField(5, "sum"), histogram.sum)
        if histogram.scale != 0 || Sink.writesDefaults { sink.sint32(OTLPField(6, "scale"), Int32(histogram.scale)) }
        if histogram.zeroCount > 0 || Sink.writesDefaults {
            sink.fixed64(OTLPField(7, "zeroCount"), histogram.zeroCount)
        }
        if !histogram.bucketCounts.isEmpty {
            sink.message(OTLPField(8, "positive"), expecting: histogram.bucketCounts.count * 2) { sink in
                if histogram.offset != 0 || Sink.writesDefaults {
                    sink.sint32(OTLPField(1, "offset"), Int32(histogram.offset))
                }
                sink.packed(OTLPField(2, "bucketCounts"), uint64: histogram.bucketCounts)
            }
        }
        write(OTLPField(11, "exemplars"), point.exemplars, to: &sink)
        if let min = histogram.min { sink.double(OTLPField(12, "min"), min) }
        if let max = histogram.max { sink.double(OTLPField(13, "max"), max) }
    }

    private static func write<Sink: OTLPSink>(_ field: OTLPField, _ exemplars: [Exemplar], to sink: inout Sink) {
        guard !exemplars.isEmpty else { return }
        sink.repeated(field) { sink in
            for exemplar in exemplars { sink.element(field, expecting: 48) { write(exemplar, to: &$0) } }
        }
    }

    /// An `Exemplar`.
    private static func write<Sink: OTLPSink>(_ exemplar: Exemplar, to sink: inout Sink) {
        write(OTLPField(2, "timeUnixNano"), time: exemplar.time, to: &sink)
        switch exemplar.value {
        case .int(let value): sink.sfixed64(OTLPField(6, "asInt"), value)
        case .double(let value): sink.double(OTLPField(3, "asDouble"), value)
        }
        if exemplar.spanID.isValid { sink.id(OTLPField(4, "spanId"), exemplar.spanID.value) }
        if exemplar.traceID.isValid {
            sink.id(OTLPField(5, "traceId"), exemplar.traceID.high, exemplar.traceID.low)
        }
        write(OTLPField(7, "filteredAttributes"), exemplar.filteredAttributes, to: &sink)
    }
}
