import SpanlinkRuntime
package import TracingCore

/// Encodes spans as lines of text, for tests of the path of encoded spans: name, kind, attributes, links, status.
package struct TextSpanEncoder: SpanEncoder {
    package init() {}

    package func encode(_ span: borrowing EndedSpan, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let text = Self.line(span)
        var utf8 = text
        return utf8.withUTF8 { bytes in
            if bytes.count <= buffer.count { buffer.copyMemory(from: UnsafeRawBufferPointer(bytes)) }
            return bytes.count
        }
    }

    /// The span as one line.
    package static func line(_ span: borrowing EndedSpan) -> String {
        var attributes = span.withSharedAttributes { Array($0.attributes) } ?? []
        attributes += span.ownAttributes
        attributes += span.facts.map(\.attribute)
        let links = span.links.map { "\($0.context.spanID)\(text(Array($0.attributes)))" }
        let late = span.lateLinks.map { "\($0.context.spanID)\(text(Array($0.attributes)))" }
        return [
            span.withTemplate(\.name) ?? span.name, "\(span.kind)", text(attributes), "links=\(links + late)",
            "status=\(span.status)", "parent=\(span.parentSpanID.map { "\($0)" } ?? "none")",
            "dropped=\(span.droppedAttributesCount),\(span.droppedEventsCount),\(span.droppedLinksCount)",
        ].joined(separator: " ")
    }

    /// The line of the same span as an object.
    package static func line(_ span: SpanData) -> String {
        let links = span.links.map { "\($0.context.spanID)\(text(Array($0.attributes)))" }
        return [
            span.name, "\(span.kind)", text(Array(span.attributes)), "links=\(links)", "status=\(span.status)",
            "parent=\(span.parent.map { "\($0.spanID)" } ?? "none")",
            "dropped=\(span.droppedAttributesCount),\(span.droppedEventsCount),\(span.droppedLinksCount)",
        ].joined(separator: " ")
    }

    private static func text(_ attributes: [Attribute]) -> String {
        "[" + attributes.map { "\($0.key)=\($0.value.text)" }.joined(separator: ",") + "]"
    }
}

/// Keeps encoded spans as text, and can be held up.
package final class TextSpanExporter: EncodedSpanExporter {
    private struct State {
        var batches: [[(scope: String, line: String)]] = []
        var entered = 0
        var loses = 0
    }

    private let state = Mutex(State())
    private let gate: WorkerGate?
    package let spanEncoder: any SpanEncoder = TextSpanEncoder()

    /// An exporter that waits in each export until `gate` is open.
    package init(gate: WorkerGate? = nil) { self.gate = gate }

    /// The lines of each export.
    package var batches: [[String]] { state.withLock { $0.batches.map { $0.map(\.line) } } }
    /// All lines, each behind the name of its scope.
    package var scopedLines: [String] { state.withLock { $0.batches.joined().map { "\($0.scope): \($0.line)" } } }
    /// All lines.
    package var lines: [String] { batches.flatMap(\.self) }
    /// The number of exports that have begun.
    package var entered: Int { state.withLock { $0.entered } }

    /// Makes later exports lose that many spans each.
    package func lose(_ count: Int) { state.withLock { $0.loses = count } }

    package func export(_ spans: EncodedSpans, deadline: ContinuousClock.Instant) -> Int {
        let loses = state.withLock { state in
            state.entered += 1
            return state.loses
        }
        gate?.wait()
        let lines = spans.groups.flatMap { group in
            group.spans.map { (scope: group.scope.name, line: String(decoding: $0, as: UTF8.self)) }
        }
        state.withLock { $0.batches.append(lines) }
        return min(loses, spans.count)
    }

    package func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.batches.append(spans.map { (scope: $0.scope.name, line: TextSpanEncoder.line($0)) }) }
        return true
    }
}
