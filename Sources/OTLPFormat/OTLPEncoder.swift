public import TracingCore

/// Encodes OTLP's export requests in protobuf, for a transport of your own. The OTLP exporters do so themselves.
///
/// Keeps its memory from one request to the next, up to 4 MiB. For one thread at a time.
public struct OTLPEncoder: ~Copyable {
    private var buffer = RequestBuffer()

    /// An encoder that has encoded nothing yet.
    public init() {}

    /// Runs `body` with an `ExportTraceServiceRequest`, which is also a `TracesData`. The bytes are valid inside `body` alone.
    public mutating func encode<Result>(
        _ spans: [SpanData], _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        buffer.removeAll()
        buffer.write { OTLPRequest.writeProtobuf(spans, into: $0) }
        return try buffer.withBytes(body)
    }

    /// Runs `body` with an `ExportMetricsServiceRequest`, which is also a `MetricsData`. The bytes are valid inside `body`
    /// alone.
    public mutating func encode<Result>(
        _ metrics: [MetricData], resource: Resource, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        buffer.removeAll()
        buffer.write { OTLPRequest.writeProtobuf(metrics, resource: resource, into: $0) }
        return try buffer.withBytes(body)
    }
}
