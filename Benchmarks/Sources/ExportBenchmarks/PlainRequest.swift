import COTLPBaseline
import TracingCore

/// The same spans as C has them. Its memory is never freed: the program ends after measuring.
struct PlainRequest {
    private var request: baseline_request

    init(_ spans: [SpanData]) {
        let plain = spans.map(baseline_span.init)
        request = baseline_request(
            resource: baseline_attributes(Workload.resource.attributes), scope_name: baseline_text(Workload.scope.name),
            scope_version: baseline_text(Workload.scope.version ?? ""), spans: kept(plain), span_count: plain.count)
    }

    /// The bytes, at the end of `buffer`; `nil` when they do not fit.
    func encode(into buffer: UnsafeMutableBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard
            let start = withUnsafePointer(
                to: request, { baseline_encode($0, buffer.baseAddress, buffer.count) })
        else { return nil }
        return UnsafeBufferPointer(start: start, count: UnsafePointer(buffer.baseAddress! + buffer.count) - start)
    }
}

func kept<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    memory.initialize(from: elements, count: elements.count)
    return UnsafePointer(memory)
}

extension baseline_text {
    init(_ text: String) {
        let bytes = kept(text.utf8.map { CChar(bitPattern: $0) })
        self.init(bytes: bytes, count: text.utf8.count)
    }
}

extension baseline_attributes {
    init(_ attributes: Attributes) {
        let list = attributes.map { attribute in
            var plain = baseline_attribute()
            plain.key = baseline_text(attribute.key)
            switch attribute.value {
            case .string(let text): plain.text = baseline_text(text)
            case .int(let value): plain.integer = value
            case .double(let value): (plain.number, plain.is_double) = (value, 1)
            default: fatalError("The workloads have texts and numbers alone")
            }
            return plain
        }
        self.init(elements: kept(list), count: list.count)
    }
}

/// OTLP's flags: the W3C ones, that "remote" is known, and whether it is.
private func otlpFlags(_ context: SpanContext, remote isRemote: Bool) -> UInt32 {
    UInt32(context.traceFlags.rawValue) | 0x100 | (isRemote ? 0x200 : 0)
}

extension baseline_span {
    /// The span with its own times and ids.
    init(_ span: SpanData) {
        let links = span.links.map { link in
            baseline_link(
                trace_high: link.context.traceID.high, trace_low: link.context.traceID.low,
                span: link.context.spanID.value,
                flags: otlpFlags(link.context, remote: link.context.isRemote),
                attributes: baseline_attributes(link.attributes))
        }
        self.init(
            trace_high: span.context.traceID.high, trace_low: span.context.traceID.low,
            span: span.context.spanID.value, parent: span.parent?.spanID.value ?? 0,
            flags: otlpFlags(span.context, remote: span.parent?.isRemote ?? false),
            kind: Int32(span.kind.rawValue), start: span.startTime.nanosecondsSinceEpoch,
            end: span.endTime.nanosecondsSinceEpoch, name: baseline_text(span.name),
            attributes: baseline_attributes(span.attributes), links: kept(links), link_count: links.count)
    }
}
