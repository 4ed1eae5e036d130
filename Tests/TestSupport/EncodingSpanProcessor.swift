package import TracingCore

/// Encodes each span on the thread that ends it, and exports it at once: the path of bytes without a queue.
package final class EncodingSpanProcessor: CompletedSpanProcessor {
    private let exporter: any EncodedSpanExporter
    package let takesCompletedSpans = true

    package init(exporter: any EncodedSpanExporter) { self.exporter = exporter }

    package func onEnd(_ span: RecordingSpan) {
        span.withEndedSpan { onEnd($0, of: $1) }
    }

    package func onEnd(_ span: borrowing EndedSpan, of origin: SpanOrigin) {
        guard span.traceFlags.contains(.sampled) else { return }
        var memory = [UInt8](repeating: 0, count: 4096)
        var size = memory.withUnsafeMutableBytes { exporter.spanEncoder.encode(span, into: $0) }
        if size > memory.count {
            memory = [UInt8](repeating: 0, count: size)
            size = memory.withUnsafeMutableBytes { exporter.spanEncoder.encode(span, into: $0) }
        }
        memory.withUnsafeBytes { bytes in
            let group = EncodedSpans.Group(
                resource: origin.resource.takeUnretainedValue().value, scope: origin.scope.takeUnretainedValue(),
                spans: [UnsafeRawBufferPointer(rebasing: bytes[..<size])])
            _ = exporter.export(EncodedSpans(groups: [group]), deadline: .now + .seconds(30))
        }
    }

    package func forceFlush(deadline: ContinuousClock.Instant) async -> Bool { true }

    package func shutdown(deadline: ContinuousClock.Instant) async -> Bool {
        exporter.shutdown(deadline: deadline)
        return true
    }
}
