import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The Jaeger of the shared test data, in a folder of its own.
final class Jaeger: Sendable {
    private static let script = SharedFiles.root.appendingPathComponent("brokers/jaeger/jaeger").path
    static let isAvailable = FileManager.default.fileExists(atPath: script) && Python.isAvailable
    static let absence: Comment = "no Jaeger: it is in brokers/jaeger of the shared test data, for Linux on x86-64"

    /// A link or a parent, as the query API shows it.
    struct Reference: Decodable, Equatable {
        var refType: String
        var traceID: String
        var spanID: String
    }

    private let directory: URL
    /// What the script said of it: addresses.
    private let facts: [String: String]

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString)")
        let result = try Python.run(Self.script, ["start", "--dir", directory.path])
        try #require(result.exit == .status(0), "\(result.errors)")
        let facts = try JSONSerialization.jsonObject(with: result.output) as? [String: Any]
        self.facts = try #require(facts).compactMapValues { $0 as? String }
    }

    deinit {
        _ = try? Python.run(Self.script, ["kill", "--dir", directory.path])
        try? FileManager.default.removeItem(at: directory)
    }

    subscript(fact: String) -> String { facts[fact] ?? "" }

    /// What a span refers to, in the order of the query API.
    func references(ofSpan spanID: String, inTrace traceID: String) throws -> [Reference] {
        struct Answer: Decodable {
            struct Trace: Decodable { var spans: [Span] }
            struct Span: Decodable {
                var spanID: String
                var references: [Reference]
            }
            var data: [Trace]
        }
        let url = try #require(URL(string: "\(self["query"])/api/traces/\(traceID)"))
        let answer = try JSONDecoder().decode(Answer.self, from: Data(contentsOf: url))
        return try #require(answer.data.first?.spans.first { $0.spanID == spanID }).references
    }
}
