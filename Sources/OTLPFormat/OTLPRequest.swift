package import TracingCore

/// Whole export requests of OTLP: `ExportTraceServiceRequest` and `ExportMetricsServiceRequest`, which are also a `TracesData`
/// and a `MetricsData`.
///
/// Each function writes from the start of the memory it is given, never past its end.
///
/// - Returns: The number of bytes of the request. If it is larger than the memory, the content is void; call again with
///   more room.
package enum OTLPRequest {
    /// Spans in protobuf.
    package static func writeProtobuf(_ spans: [SpanData], into memory: UnsafeMutableRawBufferPointer) -> Int {
        ProtobufSink.write(into: memory) { OTLPSchema.write(spans, to: &$0) }
    }

    /// Spans that a ``ProtobufSpanEncoder`` has encoded.
    package static func writeProtobuf(_ spans: EncodedSpans, into memory: UnsafeMutableRawBufferPointer) -> Int {
        ProtobufSink.write(into: memory) { OTLPSchema.write(spans, to: &$0) }
    }

    /// Metrics in protobuf.
    package static func writeProtobuf(
        _ metrics: [MetricData], resource: Resource, into memory: UnsafeMutableRawBufferPointer
    ) -> Int {
        ProtobufSink.write(into: memory) { OTLPSchema.write(metrics, resource: resource, to: &$0) }
    }

    /// Spans as a line of JSON.
    package static func writeJSONLine(_ spans: [SpanData], into memory: UnsafeMutableRawBufferPointer) -> Int {
        JSONSink.write(into: memory) { sink in
            OTLPSchema.write(spans, to: &sink)
            sink.lineFeed()
        }
    }

    /// Spans that a ``JSONSpanEncoder`` has encoded, as a line of JSON.
    package static func writeJSONLine(_ spans: EncodedSpans, into memory: UnsafeMutableRawBufferPointer) -> Int {
        JSONSink.write(into: memory) { sink in
            OTLPSchema.write(spans, to: &sink)
            sink.lineFeed()
        }
    }

    /// Metrics as a line of JSON.
    package static func writeJSONLine(
        _ metrics: [MetricData], resource: Resource, into memory: UnsafeMutableRawBufferPointer
    ) -> Int {
        JSONSink.write(into: memory) { sink in
            OTLPSchema.write(metrics, resource: resource, to: &sink)
            sink.lineFeed()
        }
    }
}
