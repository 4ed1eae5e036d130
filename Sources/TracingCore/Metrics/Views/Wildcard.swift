/// A pattern with `*` for any number of characters and `?` for exactly one.
struct Wildcard: Sendable, Hashable {
    private let pattern: [Unicode.Scalar]

    init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

    /// Whether the pattern may match different texts.
    var isVariable: Bool { pattern.contains { $0 == "*" || $0 == "?" } }

    /// Whether all of `text` matches.
    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var (inText, inPattern) = (0, 0)
        // The last `*`, and the place in the text up to which it has matched.
        var star: (pattern: Int, text: Int)?
        while inText < text.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                star = (inPattern, inText)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == "?" || pattern[inPattern] == text[inText] {
                inPattern += 1
                inText += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (inPattern, inText) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }
}

/// The attribute keys that a stream keeps.
struct AttributeKeyFilter: Sendable {
    private let included: [Wildcard]?
    private let excluded: [Wildcard]

    /// `nil` if all keys stay.
    init?(_ stream: MetricView.Stream) {
        guard stream.includedAttributes != nil || stream.excludedAttributes?.isEmpty == false else { return nil }
        included = stream.includedAttributes?.map(Wildcard.init)
        excluded = (stream.excludedAttributes ?? []).map(Wildcard.init)
    }

    private func keeps(_ key: String) -> Bool {
        if excluded.contains(where: { $0.matches(key) }) { return false }
        return included?.contains { $0.matches(key) } ?? true
    }

    /// The attributes that stay; those that do not are `nil` if there are none.
    func split(_ attributes: Attributes) -> (kept: Attributes, dropped: Attributes?) {
        var (kept, dropped): (Attributes, Attributes) = ([:], [:])
        for attribute in attributes {
            if keeps(attribute.key) {
                kept.append(attribute.key, attribute.value)
            } else {
                dropped.append(attribute.key, attribute.value)
            }
        }
        return dropped.isEmpty ? (attributes, nil) : (kept, dropped)
    }
}

extension MetricView.Selector {
    /// Whether all criteria match.
    func matches(_ descriptor: MetricDescriptor) -> Bool {
        if let instrumentName, !Wildcard(instrumentName.lowercased()).matches(descriptor.name.lowercased()) {
            return false
        }
        if let instrumentType, instrumentType != descriptor.type { return false }
        if let unit, unit != descriptor.unit { return false }
        if let meterName, meterName != descriptor.scope.name { return false }
        if let meterVersion, meterVersion != descriptor.scope.version { return false }
        if let meterSchemaURL, meterSchemaURL != descriptor.scope.schemaURL { return false }
        return true
    }

    /// Whether instruments of different names may match.
    var mayMatchSeveral: Bool { instrumentName.map { Wildcard($0).isVariable } ?? true }
}
