extension GoldenExample {
    /// What differs between the expected spans and those exported; empty when they agree.
    ///
    /// Every expected span must be there once and nothing else: names, kinds, status, whole attribute sets of spans and
    /// links, the order of links, parents and targets. `outside` names spans of others that links may point at.
    public func differences(
        from spans: [ExportedSpan], outside: [String: (traceID: String, spanID: String)] = [:]
    ) -> [String] {
        var assignment: [String: ExportedSpan] = [:]
        guard assign(self.spans[...], from: spans, &assignment, outside) else {
            return ["\(id): expected"] + self.spans.map(\.text) + ["but exported"] + spans.map(\.text)
        }
        return spans.count == self.spans.count
            ? [] : ["\(id): \(spans.count) spans instead of \(self.spans.count)"] + spans.map(\.text)
    }

    private func assign(
        _ expected: ArraySlice<Span>, from spans: [ExportedSpan], _ assignment: inout [String: ExportedSpan],
        _ outside: [String: (traceID: String, spanID: String)]
    ) -> Bool {
        guard let span = expected.first else { return relationsHold(assignment, outside) }
        let taken = Set(assignment.values.map(\.spanID))
        for candidate in spans where !taken.contains(candidate.spanID) && span.saysTheSame(as: candidate) {
            assignment[span.ref] = candidate
            if assign(expected.dropFirst(), from: spans, &assignment, outside) { return true }
            assignment[span.ref] = nil
        }
        return false
    }

    private func relationsHold(
        _ assignment: [String: ExportedSpan], _ outside: [String: (traceID: String, spanID: String)]
    ) -> Bool {
        spans.allSatisfy { expected in
            let span = assignment[expected.ref]!
            let parent = expected.parent.map { ref in
                assignment[ref].map { ($0.traceID, $0.spanID) } ?? outside[ref].map { ($0.traceID, $0.spanID) }
                    ?? ("", "")
            }
            guard span.parentSpanID == parent?.1, parent == nil || span.traceID == parent!.0 else { return false }
            return zip(expected.links, span.links).allSatisfy { expected, link in
                guard let ref = expected.to else {
                    return link.traceID.allSatisfy { $0 == "0" } && link.spanID.allSatisfy { $0 == "0" }
                }
                if let target = assignment[ref] {
                    return link.traceID == target.traceID && link.spanID == target.spanID
                }
                return outside[ref].map { link.traceID == $0.traceID && link.spanID == $0.spanID } ?? false
            }
        } && haveTracesOfTheirOwn(assignment)
    }

    /// No root shares its trace with another root.
    private func haveTracesOfTheirOwn(_ assignment: [String: ExportedSpan]) -> Bool {
        let roots = spans.filter { $0.parent == nil }.map { assignment[$0.ref]!.traceID }
        return Set(roots).count == roots.count
    }
}

extension GoldenExample.Span {
    func saysTheSame(as span: ExportedSpan) -> Bool {
        name == span.name && kind == span.kind && status == span.status && attributes == span.attributes
            && links.map(\.attributes) == span.links.map(\.attributes) && (parent == nil) == (span.parentSpanID == nil)
    }

    var text: String {
        "  \(kind) \"\(name)\" \(status) parent \(parent ?? "-") \(describe(attributes)) links "
            + links.map { "\($0.to ?? "-")\(describe($0.attributes))" }.description
    }
}

extension ExportedSpan {
    public var text: String {
        "  \(kind) \"\(name)\" \(status) parent \(parentSpanID ?? "-") \(describe(attributes)) links "
            + links.map { "\($0.spanID)\(describe($0.attributes))" }.description
    }
}

private func describe(_ attributes: [String: JSONValue]) -> String {
    "[" + attributes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]"
}
