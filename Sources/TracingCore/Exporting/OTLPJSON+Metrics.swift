extension OTLPJSON {
    /// A `MetricsData` (and `ExportMetricsServiceRequest`): `{"resourceMetrics":[…]}` with one resource.
    ///
    /// Metrics of one scope stand together, scopes in the order in which they first come.
    package static func write(_ metrics: [MetricData], resource: Resource, to json: inout JSONWriter) {
        var scopes: [InstrumentationScope] = []
        var byScope: [InstrumentationScope: [MetricData]] = [:]
        for metric in metrics {
            if byScope[metric.scope] == nil { scopes.append(metric.scope) }
            byScope[metric.scope, default: []].append(metric)
        }
        json.beginObject()
        json.key("resourceMetrics")
        json.beginArray()
        json.beginObject()
        json.key("resource")
        write(resource, to: &json)
        json.key("scopeMetrics")
        json.beginArray()
        for scope in scopes {
            json.beginObject()
            json.key("scope")
            write(scope, to: &json)
            json.key("metrics")
            json.beginArray()
            for metric in byScope[scope] ?? [] { write(metric, to: &json) }
            json.endArray()
            writeMember("schemaUrl", scope.schemaURL, to: &json)
            json.endObject()
        }
        json.endArray()
        writeMember("schemaUrl", resource.schemaURL, to: &json)
        json.endObject()
        json.endArray()
        json.endObject()
    }

    /// A `Metric`.
    static func write(_ metric: MetricData, to json: inout JSONWriter) {
        json.beginObject()
        writeMember("name", metric.name, to: &json)
        writeMember("description", metric.description, to: &json)
        writeMember("unit", metric.unit, to: &json)
        switch metric.kind {
        case .gauge:
            json.key("gauge")
            json.beginObject()
        case .sum(let isMonotonic):
            json.key("sum")
            json.beginObject()
            json.key("aggregationTemporality")
            json.integer(metric.temporality.rawValue)
            json.key("isMonotonic")
            json.bool(isMonotonic)
        case .histogram:
            json.key("histogram")
            json.beginObject()
            json.key("aggregationTemporality")
            json.integer(metric.temporality.rawValue)
        }
        json.key("dataPoints")
        json.beginArray()
        for point in metric.points { write(point, of: metric.kind, to: &json) }
        json.endArray()
        json.endObject()
        json.endObject()
    }

    /// A `NumberDataPoint` or a `HistogramDataPoint`.
    private static func write(_ point: MetricPoint, of kind: MetricData.Kind, to json: inout JSONWriter) {
        json.beginObject()
        writeMember(attributes: point.attributes, to: &json)
        // A gauge's value counts for its time alone.
        if kind != .gauge { writeMember("startTimeUnixNano", point.start, to: &json) }
        writeMember("timeUnixNano", point.time, to: &json)
        switch point.value {
        case .int(let value):
            json.key("asInt")
            json.decimalString(value)
        case .double(let value):
            json.key("asDouble")
            json.double(value)
        case .histogram(let value):
            write(value, to: &json)
        }
        json.endObject()
    }

    private static func write(_ histogram: HistogramValue, to json: inout JSONWriter) {
        json.key("count")
        json.decimalString(histogram.count)
        json.key("sum")
        json.double(histogram.sum)
        if !histogram.bucketCounts.isEmpty {
            json.key("bucketCounts")
            json.beginArray()
            for count in histogram.bucketCounts { json.decimalString(count) }
            json.endArray()
            json.key("explicitBounds")
            json.beginArray()
            for bound in histogram.bounds { json.double(bound) }
            json.endArray()
        }
        if let min = histogram.min {
            json.key("min")
            json.double(min)
        }
        if let max = histogram.max {
            json.key("max")
            json.double(max)
        }
    }
}
