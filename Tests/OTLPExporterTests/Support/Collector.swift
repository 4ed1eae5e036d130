import Foundation
import TestSupport
import Testing

/// The OpenTelemetry Collector of the shared test data, in a folder of its own.
final class Collector: Sendable {
    static let script = SharedFiles.root.appendingPathComponent("brokers/otelcol/otelcol").path
    static let isAvailable = FileManager.default.fileExists(atPath: script) && Python.isAvailable
    static let absence = "no collector: it is in brokers/otelcol of the shared test data, for Linux on x86-64"

    private let directory: URL
    /// What the script said of it: addresses, paths, certificates.
    private let facts: [String: String]

    init(_ options: String...) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString)")
        let result = try Python.run(Self.script, ["start", "--dir", directory.path] + options)
        try #require(result.exit == .status(0), "\(result.errors)")
        let facts = try #require(
            try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        self.facts = facts.compactMapValues { $0 as? String }
    }

    deinit {
        _ = try? Python.run(Self.script, ["kill", "--dir", directory.path])
        try? FileManager.default.removeItem(at: directory)
    }

    subscript(fact: String) -> String { facts[fact] ?? "" }

    /// Where it takes OTLP over HTTP.
    var httpPort: Int { URL(string: self["http"])?.port ?? 0 }

    /// The port for OTLP over gRPC.
    var grpcPort: Int { self["grpc"].split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// `pause`, `resume`, `kill` or `restart`.
    func control(_ command: String) throws {
        let result = try Python.run(Self.script, [command, "--dir", directory.path])
        try #require(result.exit == .status(0), "\(result.errors)")
    }

    /// Stops it, which writes everything; the requests it took, a JSON object each.
    func finish(_ signal: String) throws -> [NSDictionary] {
        let result = try Python.run(Self.script, ["stop", "--dir", directory.path])
        try #require(result.exit == .status(0), "\(result.errors)")
        return try written(signal)
    }

    /// The requests it has written so far: the complete lines, which come shortly after its answers.
    func written(_ signal: String) throws -> [NSDictionary] {
        let text = try String(contentsOfFile: self[signal], encoding: .utf8)
        let lines = text.lastIndex(of: "\n").map { text[..<$0] } ?? ""
        return try lines.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary)
        }
    }

    /// The ids of the spans in a request.
    static func spanIDs(_ request: NSDictionary) -> [String] {
        func list(_ object: Any?, _ key: String) -> [[String: Any]] {
            (object as? [String: Any])?[key] as? [[String: Any]] ?? []
        }
        return list(request as? [String: Any], "resourceSpans").flatMap { list($0, "scopeSpans") }
            .flatMap { list($0, "spans") }.compactMap { $0["spanId"] as? String }
    }

    /// Without the fields that say nothing, which one side writes and the other leaves out.
    static func normalized(_ value: Any) -> Any? {
        switch value {
        case let object as [String: Any]:
            var members: [String: Any] = [:]
            for (key, value) in object {
                // The value of an attribute is there even if it is empty.
                members[key] = key.hasSuffix("Value") && !(value is [String: Any]) ? value : normalized(value)
            }
            return members.isEmpty ? nil : members
        case let array as [Any]: return array.isEmpty ? nil : array.map { normalized($0) ?? [String: Any]() }
        case let text as String: return text.isEmpty || text == "0" || text.allSatisfy { $0 == "0" } ? nil : text
        case let number as NSNumber: return number == 0 ? nil : number
        default: return value
        }
    }
}
