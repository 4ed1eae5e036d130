public import TracingCore

/// What is not as a test expects; for `throws` and for any test framework.
public struct SpanMismatch: Error, CustomStringConvertible, Sendable {
    /// What differs.
    public let description: String

    /// A difference.
    public init(_ description: String) { self.description = description }
}

extension SpanData {
    /// Whether the span is the root of its trace.
    public var isRoot: Bool { parent == nil }

    /// Whether the span is a child of `other`.
    public func isChild(of other: SpanData) -> Bool {
        parent?.spanID == other.context.spanID && context.traceID == other.context.traceID
    }

    /// Whether the span has a link to `other`.
    public func isLinked(to other: SpanData) -> Bool {
        links.contains { $0.context.traceID == other.context.traceID && $0.context.spanID == other.context.spanID }
    }

    /// Checks that the span has exactly one link to each of `others`, no further link, and that none was dropped.
    ///
    /// - Throws: ``SpanMismatch`` that says which links are missing or too many.
    public func expectLinks(to others: [SpanData]) throws {
        let found = Set(links.map { Target($0.context) })
        let expected = Set(others.map { Target($0.context) })
        var problems: [String] = []
        if links.count != found.count { problems.append("\(links.count - found.count) links are there twice") }
        if !expected.isSubset(of: found) {
            problems.append("\(expected.subtracting(found).count) of \(expected.count) expected links are missing")
        }
        if !found.isSubset(of: expected) {
            problems.append("\(found.subtracting(expected).count) links are unexpected")
        }
        if droppedLinksCount > 0 { problems.append("\(droppedLinksCount) links were dropped") }
        guard problems.isEmpty else { throw SpanMismatch("'\(name)': " + problems.joined(separator: ", ")) }
    }

    /// Checks that the span has these attributes, and no other unless `allowingMore`.
    ///
    /// - Throws: ``SpanMismatch`` that says what differs.
    public func expectAttributes(_ expected: Attributes, allowingMore: Bool = false) throws {
        var problems = expected.compactMap { attribute -> String? in
            let value = attributes[attribute.key]
            return value == attribute.value
                ? nil : "\(attribute.key) is \(value.map { "\($0)" } ?? "missing") instead of \(attribute.value)"
        }
        if !allowingMore {
            problems += attributes.filter { expected[$0.key] == nil }.map { "\($0.key) is unexpected" }
        }
        guard problems.isEmpty else { throw SpanMismatch("'\(name)': " + problems.joined(separator: ", ")) }
    }
}

/// What a link points at.
private struct Target: Hashable {
    let traceID: TraceID
    let spanID: SpanID

    init(_ context: SpanContext) {
        traceID = context.traceID
        spanID = context.spanID
    }
}
