import Foundation
import TestSupport
import Testing
import TracingCore

/// The shared table of what a message's headers mean, as far as it is about reading.
@Suite struct MessageHeaderVectorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var headers: [(name: String, value: [UInt8]?)]
        var traceparent: String?
        var tracestate: String?
        var testDescription: String { id }
    }

    /// The cases with an expectation for reading. Headers of types that only a table has are the AMQP adapter's.
    static func cases() throws -> [Case] {
        guard SharedFiles.available else { return [] }
        let file = try #require(try SharedFiles.json("semconv/vectors/message-headers.json") as? [String: Any])
        return try #require(file["cases"] as? [[String: Any]]).compactMap { item in
            let expect = try #require(item["expect"] as? [String: Any])
            guard expect.keys.contains("traceparent") else { return nil }
            // Names in another case are read: other clients write them, and a forwarded message would have two contexts.
            guard item["id"] as? String != "name_case" else { return nil }
            var headers: [(name: String, value: [UInt8]?)] = []
            for header in try #require(item["headers"] as? [[String: Any]]) {
                let text = header["value"] as? String
                let name = try #require(header["key"] as? String)
                switch try #require(header["type"] as? String) {
                case "string", "bytes": headers.append((name, Array(try #require(text).utf8)))
                case "hex":
                    headers.append((name, try #require(text).split(separator: " ").compactMap { UInt8($0, radix: 16) }))
                case "null": headers.append((name, nil))
                default: return nil
                }
            }
            return Case(
                id: try #require(item["id"] as? String), headers: headers,
                traceparent: expect["traceparent"] as? String,
                tracestate: expect["tracestate"] as? String)
        }
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
    func thereAreCases() throws {
        #expect(try Self.cases().count >= 14)
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"), arguments: try cases())
    func holds(_ vector: Case) {
        var reader = MessageContextReader()
        for header in vector.headers { reader.read(header.name, header.value) }
        let context = reader.finish()
        #expect(context.map(TraceParent.string) == vector.traceparent)
        #expect(context?.isRemote ?? true)
        #expect((context?.traceState.headerValue ?? "") == vector.tracestate ?? "")
    }
}
