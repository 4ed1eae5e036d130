import CLibrdkafka
import CThreadSanitizerShim
import Foundation
import SpanlinkRuntime
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

extension EmbeddedKafka {
    func producer(_ properties: [String: String] = [:], logSink: (any LogSink)? = nil) throws -> KafkaProducer {
        try KafkaProducer(
            configuration: .init(
                bootstrapServers: bootstrapServers,
                properties: Self.producerDefaults.merging(properties) { $1 }, logSink: logSink),
            tracing: .disabled)
    }

    /// Reads one partition from its beginning, in a group's name when there is one.
    func consumer(
        _ topic: String, partition: Int32 = 0, group: String? = nil, from offset: KafkaOffset = .beginning,
        _ properties: [String: String] = [:]
    ) throws -> KafkaConsumer {
        try KafkaConsumer(
            configuration: .init(
                bootstrapServers: bootstrapServers, group: group,
                assignments: [.init(topic: topic, partition: partition, offset)],
                properties: Self.consumerDefaults.merging(properties) { $1 }, logSink: nil),
            tracing: .disabled)
    }
}

/// The error's code if it is one of ours.
func code(of error: (any Error)?) -> KafkaError.Code? { (error as? KafkaError)?.code }

/// Random data that a seed brings back.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Messages that librdkafka holds for a producer and that are not reported yet.
func queued(_ producer: KafkaProducer) -> Int {
    guard producer.handle.acquire() else { return 0 }
    defer { producer.handle.release() }
    return Int(rd_kafka_outq_len(producer.handle.raw))
}

/// A value that several tasks of a test share.
final class Guarded<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        mutex.withLock { value in
            var copy = value
            defer { value = copy }
            return body(&copy)
        }
    }
}
