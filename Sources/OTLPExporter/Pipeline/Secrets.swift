/// The secrets of a configuration: values of headers, passwords and tokens in URLs. A server may repeat them in its answers.
struct Secrets: Sendable, CustomStringConvertible, CustomReflectable {
    /// The longest first: one may be a part of another.
    private let texts: [String]

    init(_ configuration: OTLPConfiguration) {
        var texts: Set<String> = []
        for value in configuration.headers.values {
            texts.insert(value)
            // The token behind the name of a scheme, as in "Bearer token".
            if let token = value.split(separator: " ").last { texts.insert(String(token)) }
        }
        for url in [configuration.endpoint, configuration.proxy ?? ""] { texts.formUnion(EndpointURL.secrets(of: url)) }
        // Shorter values would match ordinary words.
        self.texts = texts.filter { $0.utf8.count >= 4 }.sorted { ($1.utf8.count, $1) < ($0.utf8.count, $0) }
    }

    var description: String { "(not shown)" }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// The text with each secret replaced.
    func removed(from text: String) -> String {
        texts.reduce(text) { $0.contains($1) ? $0.replacing($1, with: "(not shown)") : $0 }
    }
}
