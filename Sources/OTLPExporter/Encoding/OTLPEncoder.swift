public import TracingCore

/// Encodes OTLP's export requests in protobuf, for a transport of your own. The exporters of this module do so themselves.
///
/// It keeps its memory from one request to the next. Used by one thread at a time.
public struct OTLPEncoder: ~Copyable {
    private var writer = ProtobufWriter()

    /// An encoder without memory worth mentioning.
    public init() {}

    /// Hands `body` an `ExportTraceServiceRequest`, which is also a `TracesData`. The bytes are valid inside `body` alone.
    public mutating func encode<Result>(
        _ spans: [SpanData], _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        writer.removeAll()
        OTLPProtobuf.write(spans, to: &writer)
        return try writer.withBytes(body)
    }

    /// Hands `body` an `ExportMetricsServiceRequest`, which is also a `MetricsData`. The bytes are valid inside `body`
    /// alone.
    public mutating func encode<Result>(
        _ metrics: [MetricData], resource: Resource, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        writer.removeAll()
        OTLPProtobuf.write(metrics, resource: resource, to: &writer)
        return try writer.withBytes(body)
    }
}
