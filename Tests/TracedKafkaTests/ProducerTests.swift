import CLibrdkafka
import Foundation
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

@Suite(.timeLimit(.minutes(5))) struct ProducerTests {
    @Test func enqueueAndFlush() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 2])
        let producer = try kafka.producer(["linger.ms": "10000"])
        for index in 0..<500 { try producer.enqueue(.init(topic: "t", value: "\(index)", partition: Int32(index % 2))) }
        try await producer.flush()
        let consumer = try kafka.consumer("t", partition: 1)
        var values: [String] = []
        while values.count < 250 {
            values += try await consumer.receive(maxCount: 500, maxWait: .seconds(5)).compactMap(\.valueString)
        }
        #expect(values == (0..<500).filter { $0 % 2 == 1 }.map(String.init))
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func aThousandAreInFlightBeforeTheFirstReport() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        // Nothing leaves before all are there: with one at a time this would never end.
        let producer = try kafka.producer(["linger.ms": "900000", "message.timeout.ms": "0"])
        async let receipts = producer.sendBatch((0..<1000).map { .init(topic: "t", value: "\($0)", partition: 0) })
        try await eventually { queued(producer) == 1000 }
        try await producer.flush()
        #expect(try await receipts.map(\.offset) == (0..<1000).map { Int64($0) })
        await producer.shutdown()
    }

    @Test func unknownPartitionIsAnErrorTenThousandTimes() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.send(.init(topic: "t", value: "metadata is known from here"))
        var failures = 0
        for index in 0..<10_000 {
            let record = KafkaRecord(
                topic: "t", key: "k", value: "v", headers: ["traceparent": "00-x", "b": nil], partition: 99)
            do {
                if index % 2 == 0 { _ = try await producer.send(record) } else { try producer.enqueue(record) }
            } catch {
                if code(of: error) == .unknownTopicOrPartition { failures += 1 }
            }
        }
        #expect(failures == 10_000)
        await producer.shutdown()
    }

    @Test func fullQueueHoldsSendersBackAndAllEnd() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(["queue.buffering.max.messages": "7", "linger.ms": "0"])
        let offsets = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for index in 0..<500 {
                group.addTask { try await producer.send(.init(topic: "t", value: "\(index)", partition: 0)).offset }
            }
            var offsets: Set<Int64> = []
            for try await offset in group { offsets.insert(try #require(offset)) }
            return offsets
        }
        #expect(offsets == Set(0..<500))
        let receipts = try await producer.sendBatch((0..<100).map { .init(topic: "t", value: "\($0)", partition: 0) })
        #expect(receipts.count == 100)
        await producer.shutdown()
    }

    @Test func fullQueueIsAnErrorForEnqueueAndCancellationSendsNothing() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer([
            "queue.buffering.max.messages": "2", "linger.ms": "900000", "message.timeout.ms": "0",
        ])
        try producer.enqueue(.init(topic: "t", value: "1", partition: 0))
        try producer.enqueue(.init(topic: "t", value: "2", partition: 0))
        #expect(throws: KafkaError.self) { try producer.enqueue(.init(topic: "t", value: "3", partition: 0)) }
        let waiting = Task { try await producer.send(.init(topic: "t", value: "4", partition: 0)) }
        try await eventually { producer.events.room.glance().isCrowded }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await producer.flush()
        #expect(try await sendFlushed(producer, "5").offset == 2)
        await producer.shutdown()
    }

    private func sendFlushed(_ producer: KafkaProducer, _ value: String) async throws -> KafkaReceipt {
        async let receipt = producer.send(.init(topic: "t", value: value, partition: 0))
        try await eventually { queued(producer) > 0 }
        try await producer.flush()
        return try await receipt
    }

    @Test func closeEndsEveryWaiterOnce() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(
            ["queue.buffering.max.messages": "20", "linger.ms": "0", "message.timeout.ms": "0"])
        try kafka.takeDown()
        let ends = Task {
            await withTaskGroup(of: KafkaError.Code?.self) { group in
                for index in 0..<60 {
                    group.addTask {
                        do {
                            _ = try await producer.send(.init(topic: "t", value: "\(index)", partition: 0))
                            return nil
                        } catch { return code(of: error) }
                    }
                }
                return await group.reduce(into: [KafkaError.Code?: Int]()) { $0[$1, default: 0] += 1 }
            }
        }
        try await eventually { queued(producer) == 20 && producer.events.room.glance().isCrowded }
        await producer.shutdown(timeout: .milliseconds(10))
        let counts = await ends.value
        #expect(counts[.purged] == 20)
        #expect(counts[.closed] == 40)
        #expect(throws: KafkaError.self) { try producer.enqueue(.init(topic: "t", value: "late")) }
        let late = await #expect(throws: KafkaError.self) { try await producer.send(.init(topic: "t", value: "late")) }
        #expect(late?.code == .closed)
        #expect(await producer.handle.destroyed.value(by: .now + .seconds(60)) != nil)
        await producer.shutdown()
    }

    @Test func cancellationWhileWaitingForTheReportKeepsTheReport() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(["linger.ms": "900000", "message.timeout.ms": "0"])
        let task = Task { try await producer.send(.init(topic: "t", value: "v", partition: 0)) }
        try await eventually { queued(producer) == 1 }
        task.cancel()
        try await producer.flush()
        #expect(try await task.value.offset == 0)
        await producer.shutdown()
    }

    @Test func partOfABatchMayFail() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.send(.init(topic: "t", value: "known"))
        let error = await #expect(throws: KafkaBatchError.self) {
            try await producer.sendBatch([
                .init(topic: "t", value: "a", partition: 0), .init(topic: "t", value: "b", partition: 5),
                .init(topic: "t", value: "c", partition: 0), .init(topic: "", value: "d"),
            ])
        }
        #expect(error?.failedIndices == [1, 3])
        #expect(error?.first?.code == .unknownTopicOrPartition)
        #expect(try error?.results[2].get().offset == 2)
        #expect(try await producer.sendBatch([]).isEmpty)
        await producer.shutdown()
    }

    @Test func tooLargeAMessage() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(["message.max.bytes": "1000"])
        let error = await #expect(throws: KafkaError.self) {
            try await producer.send(.init(topic: "t", value: [UInt8](repeating: 1, count: 5000)))
        }
        #expect(error?.code == .messageTooLarge)
        #expect(error?.errorType == "MESSAGE_TOO_LARGE")
        await producer.shutdown()
    }

    @Test func messageThatCannotFitTheEmptyQueue() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(["queue.buffering.max.kbytes": "1"])
        for _ in 0..<3 {
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(.init(topic: "t", value: [UInt8](repeating: 1, count: 5000)))
            }
            #expect(error?.code == .messageTooLarge)
            #expect(try await producer.send(.init(topic: "t", value: "fits")).offset != nil)
        }
        await producer.shutdown()
    }

    @Test func brokersErrorsReachTheSender() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        kafka.failRequests(.produce, with: [29])
        let error = await #expect(throws: KafkaError.self) { try await producer.send(.init(topic: "t", value: "v")) }
        #expect(error?.code == .authorization)
        #expect(error?.errorType == "TOPIC_AUTHORIZATION_FAILED")
        await producer.shutdown()
    }

    @Test func unreachableBrokerTimesOut() async throws {
        let logs = RecordingLogSink()
        let producer = try KafkaProducer(
            configuration: .init(
                bootstrapServers: ["127.0.0.1:1"],
                properties: ["message.timeout.ms": "300", "reconnect.backoff.ms": "10"], logSink: logs),
            tracing: .disabled)
        let error = await #expect(throws: KafkaError.self) { try await producer.send(.init(topic: "t", value: "v")) }
        #expect(error?.code == .timedOut)
        try await eventually { logs.entries.contains { $0.level == .error && $0.message.contains("down") } }
        await producer.shutdown(timeout: .zero)
    }

    @Test func enqueuedMessagesThatAreLostAreLogged() async throws {
        let logs = RecordingLogSink()
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(logSink: logs)
        kafka.failRequests(.produce, with: [29])
        try producer.enqueue(.init(topic: "t", value: "v"))
        try await eventually { logs.entries.contains { $0.level == .error && $0.message.contains("not delivered") } }
        await producer.shutdown()
    }

    @Test func statisticsReachTheHook() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let logs = RecordingLogSink()
        var configuration = KafkaProducer.Configuration(bootstrapServers: kafka.bootstrapServers)
        configuration.statisticsInterval = .milliseconds(20)
        configuration.onStatistics = { json in logs.log(.info, String(decoding: json, as: UTF8.self), metadata: []) }
        let producer = try KafkaProducer(configuration: configuration, tracing: .disabled)
        try await eventually { !logs.entries.isEmpty }
        let json = try JSONSerialization.jsonObject(with: Data(logs.entries[0].message.utf8)) as? [String: Any]
        #expect(json?["client_id"] as? String == "rdkafka")
        await producer.shutdown()
    }

    @Test func runEndsWithBeginShutdown() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        try producer.enqueue(.init(topic: "t", value: "v"))
        let running = Task { await producer.run() }
        producer.beginShutdown()
        await running.value
        await producer.shutdown()
        #expect(await producer.handle.destroyed.value(by: .now + .seconds(60)) != nil)
    }

    @Test func aMessageThatWasQueuedAfterTheLastFlushGetsItsAnswer() async throws {
        let producer = try KafkaProducer(
            configuration: .init(bootstrapServers: ["localhost:1"], logSink: nil), tracing: .disabled)
        let handle = producer.handle
        // A sender that has passed the gate and comes late to the queue.
        #expect(handle.acquire())
        let ending = Task { await producer.shutdown(timeout: .seconds(1)) }
        try await eventually { handle.isClosed }
        let outcome = await withUnsafeContinuation { continuation in
            let topic = rd_kafka_topic_new(handle.raw, "t", nil)
            let opaque = Unmanaged.passRetained(Delivery(.task(continuation), nil)).toOpaque()
            let error = spanlink_produce(
                handle.raw, topic, RD_KAFKA_PARTITION_UA, false, nil, 0, true, "v", 1, 0, nil, opaque)
            #expect(error == RD_KAFKA_RESP_ERR_NO_ERROR)
            rd_kafka_topic_destroy(topic)
            handle.release()
        }
        if case .failed(let error) = outcome { #expect(error.code == .purged) } else { Issue.record("\(outcome)") }
        await ending.value
        #expect(await handle.destroyed.value(by: .now + .seconds(60)) != nil)
    }

    @Test func aProducerThatIsLetGoDelivers() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        var producer: KafkaProducer? = try kafka.producer(["linger.ms": "900000", "message.timeout.ms": "0"])
        for index in 0..<10 { try producer?.enqueue(.init(topic: "t", value: "\(index)", partition: 0)) }
        let handle = try #require(producer?.handle)
        producer = nil
        #expect(await handle.destroyed.value(by: .now + .seconds(60)) != nil)
        let consumer = try kafka.consumer("t")
        var count = 0
        while count < 10 { count += try await consumer.receive(maxCount: 10, maxWait: .seconds(5)).count }
        await consumer.shutdown()
    }

    @Test(arguments: [
        (["no.such.property": "1"], "no.such.property"), (["acks": "many"], "acks"),
        (["linger.ms": "-5"], "linger.ms"),
    ])
    func librdkafkasOwnWordsForBadProperties(_ properties: [String: String], _ named: String) {
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(configuration: .init(bootstrapServers: ["localhost:1"], properties: properties))
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(named) == true)
    }

    @Test func noBrokersAndNonsense() {
        #expect(throws: KafkaError.self) { try KafkaProducer(configuration: .init(bootstrapServers: [])) }
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(
                configuration: .init(
                    bootstrapServers: ["localhost:1"], properties: ["enable.idempotence": "true", "acks": "1"]))
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("acks") == true)
    }
}
