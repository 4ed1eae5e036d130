import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

/// Header tables of every type, nested, are what they were after the broker had them.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct HeaderTableTests {
    /// Each type, at the ends of its range.
    static let values: [AMQPValue] = [
        .bool(true), .bool(false), .int8(.min), .int8(.max), .uint8(.max), .int16(.min), .int16(.max), .uint16(.max),
        .int32(.min), .int32(.max), .uint32(.max), .int64(.min), .int64(.max), .uint64(0), .uint64(.max), .float(1.5),
        .float(-0.0),
        .float(.greatestFiniteMagnitude), .double(.pi), .double(-.leastNonzeroMagnitude), .double(-0.0),
        .decimal(scale: 0, value: 0), .decimal(scale: 2, value: 314), .decimal(scale: 255, value: .max),
        .string(""),
        .string("text"), .string("grüße \u{0} 🐇"), .longString([0xFF, 0x00, 0xC3]), .bytes([]), .bytes([0, 1, 255]),
        .timestamp(0), .timestamp(1_700_000_000), .timestamp(.max), .void, .array([]), .table([:]),
        .array([1, "two", .void, [true, [.float(2)]], ["three": 3]]),
        .table(["a": ["b": ["c": .bytes([1])], "d": []], "e": .void]),
    ]

    private func expectRoundTrip(_ headers: AMQPTable) async throws {
        let arrived = try await roundTrip(headers)
        // RabbitMQ 3 hands on what it got, RabbitMQ 4 writes it anew.
        #expect(arrived == headers || arrived == headers.asRabbitMQ4WritesIt)
    }

    private func roundTrip(_ headers: AMQPTable) async throws -> AMQPTable {
        try await Broker.withQueue(tracing: .disabled) { channel, queue in
            try await channel.publish(AMQPMessage(body: "x", headers: headers), routingKey: queue)
            let delivery = try #require(try await channel.get(queue: queue))
            try await delivery.ack()
            return delivery.properties.headers
        }
    }

    @Test(arguments: values)
    func everyTypeComesBackUnchanged(value: AMQPValue) async throws {
        let headers: AMQPTable = ["value": value, "after": "it"]
        try await expectRoundTrip(headers)
    }

    /// Seeded, so that a failure comes again.
    @Test(arguments: 0..<20)
    func anyTableComesBackUnchanged(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let headers = table(depth: 4, &random)
        try await expectRoundTrip(headers)
    }

    private func table(depth: Int, _ random: inout SplitMix) -> AMQPTable {
        var table = AMQPTable()
        for index in 0..<Int.random(in: 0...6, using: &random) {
            // Names of any length that AMQP allows.
            let name = "\(index)" + String(repeating: "n", count: .random(in: 0...253, using: &random))
            table[name] = value(depth: depth, &random)
        }
        return table
    }

    private func value(depth: Int, _ random: inout SplitMix) -> AMQPValue {
        guard depth > 0 else { return Self.values.randomElement(using: &random)! }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .table(table(depth: depth - 1, &random))
        case 1: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in value(depth: depth - 1, &random) })
        case 2:
            return .bytes(
                (0..<Int.random(in: 0...300, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        case 3: return .int64(.random(in: .min ... .max, using: &random))
        default: return Self.values.randomElement(using: &random)!
        }
    }

    @Test func aTableThatJustFitsArrives() async throws {
        // As many bytes as the frame has after what else is in it.
        let room = 131_072 - Limits.contentHeaderOverhead - AMQPTable([("h", .bytes([]))]).encodedSize - 1
        let headers: AMQPTable = ["h": .bytes([UInt8](repeating: 7, count: room))]
        let message = AMQPMessage(body: [], properties: AMQPProperties(headers: headers, isPersistent: true))
        try await Broker.withQueue { channel, queue in
            try await channel.publish(message, routingKey: queue)
            let delivery = try #require(try await channel.get(queue: queue))
            // No byte was left for a trace context.
            #expect(delivery.properties.headers == headers)
            try await delivery.ack()
            var larger = message
            larger.properties.headers["h"] = .bytes([UInt8](repeating: 7, count: room + 1))
            let error = await #expect(throws: AMQPError.self) { try await channel.publish(larger, routingKey: queue) }
            #expect(error?.code == .invalidArgument && error?.message.contains("maxFrameSize") == true)
            #expect(try await channel.get(queue: queue) == nil)
        }
    }

    @Test func longTextsCountAsWell() async throws {
        let long = String(repeating: "t", count: 255)
        let headers: AMQPTable = ["h": .bytes([UInt8](repeating: 7, count: 129_500))]
        let properties = AMQPProperties(
            contentType: long, contentEncoding: long, headers: headers, correlationID: long, replyTo: long,
            messageID: long, type: long, appID: long)
        try await Broker.withQueue { channel, queue in
            let error = await #expect(throws: AMQPError.self) {
                try await channel.publish(AMQPMessage(body: [], properties: properties), routingKey: queue)
            }
            #expect(error?.code == .invalidArgument)
            try await channel.publish(AMQPMessage(body: [], headers: headers), routingKey: queue)
            try await #require(try await channel.get(queue: queue)).ack()
        }
    }
}

extension AMQPTable {
    /// The fields in the order of their names, those of nested tables as they came, and no unsigned integers of 64 bits.
    fileprivate var asRabbitMQ4WritesIt: AMQPTable {
        AMQPTable(sorted { $0.name < $1.name }.map { ($0.name, $0.value.withoutUInt64) })
    }
}

extension AMQPValue {
    fileprivate var withoutUInt64: AMQPValue {
        switch self {
        case .uint64(let value): .int64(Int64(bitPattern: value))
        case .array(let values): .array(values.map(\.withoutUInt64))
        case .table(let table): .table(AMQPTable(table.map { ($0.name, $0.value.withoutUInt64) }))
        default: self
        }
    }
}
