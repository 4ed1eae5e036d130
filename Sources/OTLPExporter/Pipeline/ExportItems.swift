import OTLPFormat
import TracingCore

/// The content of one export: spans or metrics that a request carries, and that can be divided if a request gets too large.
protocol ExportItems: Sendable {
    /// The number of spans or of metric points.
    var itemCount: Int { get }
    /// Whether ``halves()`` has two parts.
    var isDivisible: Bool { get }
    /// Two parts of about the same size.
    func halves() -> (Self, Self)
    /// Writes the request's message from the start of `memory`, never past its end.
    ///
    /// - Returns: The size of the message. If it is larger than `memory`, the content is void.
    func write(into memory: UnsafeMutableRawBufferPointer) -> Int
}

/// Spans as objects.
struct SpanItems: ExportItems {
    let spans: [SpanData]

    var itemCount: Int { spans.count }
    var isDivisible: Bool { spans.count > 1 }

    func halves() -> (SpanItems, SpanItems) {
        let half = spans.count / 2
        return (SpanItems(spans: Array(spans[..<half])), SpanItems(spans: Array(spans[half...])))
    }

    func write(into memory: UnsafeMutableRawBufferPointer) -> Int {
        OTLPRequest.writeProtobuf(spans, into: memory)
    }
}

/// Spans that are bytes already: they are copied behind the headers of resource and scope.
struct EncodedSpanItems: ExportItems {
    let spans: EncodedSpans

    var itemCount: Int { spans.count }
    var isDivisible: Bool { spans.count > 1 }

    func halves() -> (EncodedSpanItems, EncodedSpanItems) {
        let (first, second) = spans.split(at: spans.count / 2)
        return (EncodedSpanItems(spans: first), EncodedSpanItems(spans: second))
    }

    func write(into memory: UnsafeMutableRawBufferPointer) -> Int {
        OTLPRequest.writeProtobuf(spans, into: memory)
    }
}

/// Metrics of one collection.
struct MetricItems: ExportItems {
    let metrics: [MetricData]
    let resource: Resource

    var itemCount: Int { metrics.reduce(0) { $0 + $1.points.count } }
    var isDivisible: Bool { itemCount > 1 }

    /// The points of a single metric are divided, otherwise the metrics.
    func halves() -> (MetricItems, MetricItems) {
        guard metrics.count == 1 else {
            let half = metrics.count / 2
            return (part(metrics[..<half]), part(metrics[half...]))
        }
        var (first, second) = (metrics[0], metrics[0])
        let half = first.points.count / 2
        first.points.removeSubrange(half...)
        second.points.removeSubrange(..<half)
        return (part([first]), part([second]))
    }

    private func part(_ metrics: ArraySlice<MetricData>) -> MetricItems {
        MetricItems(metrics: Array(metrics), resource: resource)
    }

    func write(into memory: UnsafeMutableRawBufferPointer) -> Int {
        OTLPRequest.writeProtobuf(metrics, resource: resource, into: memory)
    }
}
