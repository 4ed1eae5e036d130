import SpanlinkRuntime
public import TracingCore

/// Makes OTLP trace requests in protobuf for a transport of your own (`ExportTraceServiceRequest`, also a `TracesData`).
///
/// Put it behind a ``BatchSpanProcessor``, which encodes each span on the thread that ends it; the export thread adds the
/// headers of resource and scope. Safe from any thread; one request at a time.
public final class OTLPRequestExporter: SpanExporter {
    /// Sends the body of one request, valid during the call, with the given number of spans; may block until the deadline.
    /// False if the spans are lost.
    public typealias Send =
        @Sendable (
            _ body: UnsafeRawBufferPointer, _ spanCount: Int, _ deadline: ContinuousClock.Instant
        ) -> Bool

    private let send: Send
    private let buffer = Mutex(RequestBuffer())

    /// An exporter that hands each request to `send`.
    public init(_ send: @escaping Send) { self.send = send }

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        spans.isEmpty || request(spans.count, deadline) { OTLPRequest.writeProtobuf(spans, into: $0) }
    }

    private func request(
        _ count: Int, _ deadline: ContinuousClock.Instant, _ write: @Sendable (UnsafeMutableRawBufferPointer) -> Int
    ) -> Bool {
        buffer.withLock { buffer in
            defer { buffer.removeAll() }
            buffer.write(write)
            return buffer.withBytes { send($0, count, deadline) }
        }
    }
}

extension OTLPRequestExporter: EncodedSpanExporter {
    package var spanEncoder: any SpanEncoder { ProtobufSpanEncoder() }

    package func export(_ spans: EncodedSpans, deadline: ContinuousClock.Instant) -> Int {
        spans.count == 0 || request(spans.count, deadline) { OTLPRequest.writeProtobuf(spans, into: $0) }
            ? 0 : spans.count
    }
}
