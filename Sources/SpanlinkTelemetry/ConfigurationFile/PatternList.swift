/// Includes and excludes names by patterns: `*` stands for any characters, `?` for one (schema, "IncludeExclude").
struct PatternList: Sendable, Equatable {
    /// `nil` includes all.
    var included: [String]?
    var excluded: [String] = []

    func contains(_ name: String) -> Bool {
        let isIncluded = included?.contains { Self.matches(Array($0), Array(name)) } ?? true
        return isIncluded && !excluded.contains { Self.matches(Array($0), Array(name)) }
    }

    /// Goes back to the last `*` alone: the time is at most the product of the lengths.
    private static func matches(_ pattern: [Character], _ text: [Character]) -> Bool {
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (p, t) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
