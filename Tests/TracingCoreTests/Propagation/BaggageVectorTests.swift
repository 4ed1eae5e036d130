import TestSupport
import Testing
import TracingCore

/// The cases of W3C's own test suite for baggage.
@Suite struct BaggageVectorTests {
    struct File: Decodable {
        var cases: [Case]
        var limits: [Limit]
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var `in`: String
        var entries: [Entry]
        var testDescription: String { id }
    }

    /// `[key, value, [[property, value or null]]]`
    struct Entry: Decodable, Sendable, Equatable {
        var key: String
        var value: String
        var properties: [[String?]]

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            key = try container.decode(String.self)
            value = try container.decode(String.self)
            properties = try container.decode([[String?]].self)
        }

        init(_ entry: Baggage.Entry) {
            key = entry.key
            value = entry.value
            properties = entry.properties.map { [$0.key, $0.value] }
        }
    }

    struct Limit: Decodable {
        var id: String
        var members: Int?
        var bytes: Int?
    }

    static func file() throws -> File? {
        guard SharedFiles.available else { return nil }
        return try SharedFiles.decode(File.self, from: "semconv/vectors/baggage.json")
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"), arguments: try file()?.cases ?? [])
    func holds(_ vector: Case) throws {
        let baggage = try #require(Baggage(header: vector.in))
        #expect(baggage.entries.map(Entry.init) == vector.entries)
        let again = try #require(Baggage(header: baggage.headerValue))
        #expect(again.entries.map(Entry.init) == vector.entries)
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
    func theLimitsArePropagated() throws {
        for limit in try #require(try Self.file()).limits {
            let count = limit.members ?? 1
            // Members of equal size; the last takes what is left.
            let size = limit.bytes.map { ($0 - (count - 1)) / count } ?? 12
            var members = (0..<count).map { index in
                let key = "k\(index)="
                return key + String(repeating: "v", count: size - key.utf8.count)
            }
            if let bytes = limit.bytes {
                members[count - 1] += String(repeating: "v", count: bytes - members.joined(separator: ",").utf8.count)
            }
            let header = members.joined(separator: ",")
            if let bytes = limit.bytes { #expect(header.utf8.count == bytes) }
            let baggage = Baggage(header: header)
            if count <= Baggage.maximumHeaderEntries {
                #expect(baggage?.headerValue == header, "\(limit.id)")
            } else {
                let kept = members.prefix(Baggage.maximumHeaderEntries).joined(separator: ",")
                #expect(baggage?.headerValue == kept, "\(limit.id)")
            }
        }
    }
}
