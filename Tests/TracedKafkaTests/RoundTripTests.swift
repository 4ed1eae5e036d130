import SpanlinkRuntime
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

@Suite(.timeLimit(.minutes(5))) struct RoundTripTests {
    @Test func everythingArrivesAsItWasSent() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        let consumer = try kafka.consumer("t")
        var generator = SeededGenerator(state: 7)
        func bytes() -> [UInt8]? {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: nil
            case 1: []
            case 2: Array("text ü".utf8)
            default:
                (0..<Int.random(in: 1..<300, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
            }
        }
        let names: [[UInt8]] = [
            Array("a".utf8), Array("traceparent".utf8), [], [0xFF, 0xFE, 0x41], Array("größe".utf8), Array("a".utf8),
        ]
        let records = (0..<300).map { index in
            var headers = KafkaHeaders()
            for _ in 0..<Int.random(in: 0..<6, using: &generator) {
                let value = bytes()
                headers.elements.append(
                    .init(
                        name: KafkaBytes(names.randomElement(using: &generator)!), value: value.map { KafkaBytes($0) }))
            }
            return KafkaRecord(
                topic: "t", key: bytes(), value: bytes(), headers: headers, partition: 0,
                timestamp: 1_600_000_000_000 + Int64(index))
        }
        let receipts = try await producer.sendBatch(records)
        #expect(receipts.map(\.offset) == (0..<300).map { Int64($0) })
        #expect(receipts.allSatisfy { $0.partition == 0 && $0.topic == "t" })
        var got: [KafkaMessage] = []
        while got.count < records.count {
            got += try await consumer.receive(maxCount: 64, maxWait: .seconds(5))
        }
        for (index, (record, message)) in zip(records, got).enumerated() {
            #expect(message.key == record.key?.bytes)
            #expect(message.value == record.value?.bytes)
            #expect(message.isTombstone == (record.value == nil))
            #expect(message.headers == record.headers)
            #expect(message.headers.map(\.nameBytes) == record.headers.map(\.nameBytes))
            #expect(message.headers.cameFromBroker)
            #expect(message.offset == Int64(index))
            #expect(message.timestamp?.milliseconds == record.timestamp)
            #expect(message.timestamp?.kind == .created)
            #expect(message.topic == "t")
            let length = message.withValue { $0?.byteCount }
            #expect(length == record.value?.count)
        }
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func messagesOutliveBatchAndConsumer() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.send(.init(topic: "t", key: "k", value: "v", headers: ["h": "1", "h": nil]))
        await producer.shutdown()
        let consumer = try kafka.consumer("t")
        var message: KafkaMessage? = try await consumer.receive()
        await consumer.shutdown()
        #expect(consumer.handle.destroyed.current == nil)
        #expect(message?.valueString == "v")
        #expect(message?.topic == "t")
        #expect(message?.headers.all(named: "h").map(\.valueString) == ["1", nil])
        #expect(message?.headers.last(named: "h")?.value == nil)
        message = nil
        #expect(await consumer.destroyed(within: .seconds(60)))
    }

    @Test func headersMayBeReadByManyTasksAtOnce() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.sendBatch(
            (0..<50).map { .init(topic: "t", value: "v", headers: ["n": KafkaBytes(String($0))]) })
        let consumer = try kafka.consumer("t")
        var messages: [KafkaMessage] = []
        while messages.count < 50 { messages += try await consumer.receive(maxCount: 50, maxWait: .seconds(5)) }
        let all = messages
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    all.enumerated().allSatisfy { $1.headers.first(named: "n")?.valueString == String($0) }
                }
            }
            for await same in group { #expect(same) }
        }
        await producer.shutdown()
        await consumer.shutdown()
    }
}
