import TestSupport
import Testing
import TracingCore

/// The cases of W3C's own test suite: extract, make a child, inject.
@Suite struct TraceContextVectorTests {
    struct File: Decodable {
        var cases: [Case]
        var derived_cases: [Case]
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var headers: [[String]]
        var expect: Expectation
        var testDescription: String { id }
    }

    struct Expectation: Decodable, Sendable {
        var traceparent: String
        var trace_id: String?
        var parent_id_not: String?
        var tracestate: [String: String]?
        var tracestate_any_of: [[String: String]]?
        var order: [String]?
        var out_flags_and: Flags?
        var out_version: String?

        struct Flags: Decodable, Sendable {
            var mask: String
            var value: String
        }
    }

    static func cases() throws -> [Case] {
        guard SharedFiles.available else { return [] }
        let file = try SharedFiles.decode(File.self, from: "semconv/vectors/tracecontext.json")
        return file.cases + file.derived_cases
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
    func thereAreCases() throws {
        #expect(try Self.cases().count >= 87)
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"), arguments: try cases())
    func holds(_ vector: Case) throws {
        let propagator = TextMapPropagator(.traceContext)
        let ids = SeededIDSource(seed: 1)
        let extracted = propagator.extract(vector.headers.map { ($0[0], $0[1]) }).context
        let child = SpanContext(
            traceID: extracted?.traceID ?? ids.traceID(), spanID: ids.spanID(),
            traceFlags: extracted?.traceFlags ?? .random, traceState: extracted?.traceState ?? TraceState())
        let headers = propagator.inject(child)
        let parents = headers.filter { $0.0 == "traceparent" }.map(\.1)
        try #require(parents.count == 1)
        let fields = parents[0].split(separator: "-").map(String.init)
        #expect(parents[0].utf8.count == 55)
        #expect(fields[0] == vector.expect.out_version ?? "00")

        switch vector.expect.traceparent {
        case "continue":
            #expect(extracted?.isRemote == true)
            // One case gives no trace id of its own to expect: that of its header is meant.
            let expected = vector.expect.trace_id ?? "12345678901234567890123456789012"
            #expect(fields[1] == expected)
            #expect(extracted?.spanID.hexString == "1234567890123456")
        case "restart":
            #expect(extracted == nil)
        default:
            Issue.record("a case of an unknown kind: \(vector.expect.traceparent)")
        }
        if let parent = vector.expect.parent_id_not { #expect(fields[2] != parent) }
        if let flags = vector.expect.out_flags_and {
            let (mask, value) = try (
                #require(UInt8(flags.mask, radix: 16)), #require(UInt8(flags.value, radix: 16))
            )
            #expect(try #require(UInt8(fields[3], radix: 16)) & mask == value)
        }
        checkTraceState(vector.expect, headers.first { $0.0 == "tracestate" }?.1)
    }

    private func checkTraceState(_ expect: Expectation, _ sent: String?) {
        let members = (sent ?? "").split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let entries = Dictionary(members.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
        #expect(entries.count == members.count, "no key twice")
        if let alternatives = expect.tracestate_any_of {
            #expect(alternatives.contains(entries))
        } else {
            #expect(entries == expect.tracestate ?? [:])
        }
        if entries.isEmpty { #expect(sent == nil, "an empty tracestate is not sent") }
        if let order = expect.order { #expect(members.map { $0[0] } == order) }
    }
}
