public import TracingCore

/// Exported spans, found by what refers to them: from a span to its children, and from a span to those that link to it.
public struct SpanIndex: Sendable {
    /// All spans, in the order in which they started.
    public let spans: [SpanData]
    private let byID: [SpanID: Int]
    private let childrenByParent: [SpanID: [Int]]
    private let linkingByTarget: [SpanID: [Int]]

    /// An index of the given spans.
    public init(_ spans: [SpanData]) {
        let spans = spans.sorted { $0.startTime < $1.startTime }
        var byID: [SpanID: Int] = [:]
        var children: [SpanID: [Int]] = [:]
        var linking: [SpanID: [Int]] = [:]
        for (index, span) in spans.enumerated() {
            byID[span.context.spanID] = index
            if let parent = span.parent { children[parent.spanID, default: []].append(index) }
            for target in Set(span.links.map(\.context.spanID)) { linking[target, default: []].append(index) }
        }
        self.spans = spans
        self.byID = byID
        self.childrenByParent = children
        self.linkingByTarget = linking
    }

    /// The span with that context, if it was exported.
    public subscript(context: SpanContext) -> SpanData? {
        guard let index = byID[context.spanID], spans[index].context.traceID == context.traceID else { return nil }
        return spans[index]
    }

    /// The spans whose parent is `span`.
    public func children(of span: SpanData) -> [SpanData] {
        (childrenByParent[span.context.spanID] ?? []).map { spans[$0] }
    }

    /// The spans that link to `span`: where the trail goes on in other traces.
    public func linking(to span: SpanData) -> [SpanData] {
        (linkingByTarget[span.context.spanID] ?? []).map { spans[$0] }
            .filter { $0.links.contains { $0.context.traceID == span.context.traceID } }
    }
}
