/// Turns ended spans into bytes on the threads that end them.
///
/// Called from any thread, several at a time.
package protocol SpanEncoder: Sendable {
    /// Writes one span from the start of `buffer`, without a tag or a length before it.
    ///
    /// - Returns: the number of bytes of the span. If it is larger than `buffer`, the content of `buffer` is void; call
    ///   again with more room. Nothing is written past the end of `buffer`.
    func encode(_ span: borrowing EndedSpan, into buffer: UnsafeMutableRawBufferPointer) -> Int
}

/// Spans of one export, encoded, in the order in which each thread ended them.
///
/// The bytes belong to the processor and are valid during the call that passes the value.
///
/// `@unchecked`: the bytes do not change while they are valid.
package struct EncodedSpans: @unchecked Sendable {
    /// Spans of one resource and scope.
    ///
    /// `@unchecked`: see ``EncodedSpans``.
    package struct Group: @unchecked Sendable {
        package let resource: Resource
        package let scope: InstrumentationScope
        /// One encoded span each.
        package var spans: [UnsafeRawBufferPointer]

        package init(resource: Resource, scope: InstrumentationScope, spans: [UnsafeRawBufferPointer]) {
            self.resource = resource
            self.scope = scope
            self.spans = spans
        }
    }

    /// The groups; no two have equal resource and scope.
    package private(set) var groups: [Group]
    /// The number of spans in all groups.
    package let count: Int
    /// The number of bytes of all spans, without headers.
    package let byteCount: Int

    package init(groups: [Group]) {
        self.groups = groups
        count = groups.reduce(0) { $0 + $1.spans.count }
        byteCount = groups.reduce(0) { $1.spans.reduce($0) { $0 + $1.count } }
    }

    /// The first `count` spans and the others.
    package func split(at count: Int) -> (EncodedSpans, EncodedSpans) {
        var first: [Group] = []
        var second: [Group] = []
        var left = count
        for group in groups {
            let taken = min(left, group.spans.count)
            left -= taken
            if taken > 0 {
                first.append(Group(resource: group.resource, scope: group.scope, spans: Array(group.spans[..<taken])))
            }
            if taken < group.spans.count {
                second.append(Group(resource: group.resource, scope: group.scope, spans: Array(group.spans[taken...])))
            }
        }
        return (EncodedSpans(groups: first), EncodedSpans(groups: second))
    }
}

/// An exporter that takes spans as bytes: ``BatchSpanProcessor`` encodes each span where it ends, and no span object
/// crosses threads.
package protocol EncodedSpanExporter: SpanExporter {
    /// Encodes the spans for this exporter.
    var spanEncoder: any SpanEncoder { get }

    /// Exports `spans`; may block until `deadline`. Called by one thread at a time.
    ///
    /// - Returns: the number of spans that are lost.
    func export(_ spans: EncodedSpans, deadline: ContinuousClock.Instant) -> Int
}
