import Foundation
import SpanlinkTelemetry
import TestSupport
import Testing
import TracedAMQP
import TracedKafka
import TracingCore

extension StackTests {
    /// Containers of the stack go away in the middle, and come back.
    @Suite(.enabled(if: Stack.isControllable, Comment(rawValue: Stack.noControl)))
    struct OutageTests {
        @Test func aKilledKafkaLosesNothingThatWasConfirmed() async throws {
            let topic = "survivors-\(UUID().uuidString)"
            let producer = try KafkaProducer(
                configuration: .init(bootstrapServers: [Stack.kafka], logSink: nil), tracing: .disabled)
            // The topic is there before anybody subscribes to it.
            _ = try await producer.send(KafkaRecord(topic: topic, value: "first"))
            let consumer = try KafkaConsumer(
                configuration: .init(bootstrapServers: [Stack.kafka], group: topic, topics: [topic], logSink: nil),
                tracing: .disabled)
            let outcomes = Outcomes()
            outcomes.confirm("first")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<16 {
                    group.addTask {
                        try await outcomes.send(sender) { body in
                            do {
                                _ = try await producer.send(KafkaRecord(topic: topic, value: .init(body)))
                                return true
                            } catch is KafkaError {
                                return false
                            }
                        }
                    }
                }
                group.addTask {
                    try await consumer.runBatches(maxCount: 500, maxWait: .milliseconds(100), committing: .background) {
                        outcomes.arrive($0.compactMap(\.valueString))
                    }
                }
                try await outcomes.progress(by: 500)
                try await Stack.control("kill", "kafka")
                try await Stack.control("start", "kafka")
                try await outcomes.progress(by: 500)
                outcomes.end()
                try await outcomes.completion()
                consumer.beginShutdown()
                try await group.waitForAll()
            }
            await producer.shutdown()
            await consumer.shutdown()
        }

        @Test func aKilledRabbitMQLosesNothingThatWasConfirmed() async throws {
            let queue = "survivors-\(UUID().uuidString)"
            var configuration = try AMQPConnection.Configuration(url: Stack.amqp)
            configuration.recoveryTimeout = .seconds(120)
            configuration.reconnect.maxDelay = .milliseconds(500)
            configuration.logSink = nil
            let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
            let outcomes = Outcomes()
            try await connection.withChannel { channel in
                try await channel.declareQueue(queue, durable: true)
                // Else a kill within two seconds loses the queue: its transaction's decision is not on disk yet.
                try await Stack.control("exec", "-T", "rabbitmq", "rabbitmqctl", "eval", "mnesia:sync_log().")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for sender in 0..<16 {
                        group.addTask {
                            try await outcomes.send(sender) { body in
                                do {
                                    try await channel.publish(AMQPMessage(body: body), routingKey: queue)
                                    return true
                                } catch let error as AMQPError where error.code == .outcomeUnknown {
                                    return false
                                }
                            }
                        }
                    }
                    group.addTask {
                        try await channel.runBatches(queue: queue, maxCount: 500, maxWait: .milliseconds(100)) {
                            outcomes.arrive($0.map(\.bodyString))
                        }
                    }
                    try await outcomes.progress(by: 500)
                    try await Stack.control("kill", "rabbitmq")
                    try await Stack.control("start", "rabbitmq")
                    try await outcomes.progress(by: 500)
                    outcomes.end()
                    try await outcomes.completion()
                    connection.beginShutdown()
                    try await group.waitForAll()
                }
            }
            await connection.shutdown()
        }

        @Test func spansWaitForACollectorThatIsAway() async throws {
            let name = "while away \(UUID().uuidString)"
            let telemetry = try Stack.telemetry("patient")
            try await Stack.control("stop", "collector")
            for _ in 0..<100 { await telemetry.backend.withSpan(name, kind: .internal, parent: .root) { _ in } }
            async let isFlushed = telemetry.forceFlush(timeout: .seconds(120))
            try await Stack.control("start", "collector")
            #expect(await isFlushed)
            await telemetry.shutdown()
            #expect(telemetry.lostSpans.isEmpty)
            #expect(try await Stack.spans(100) { $0.name == name }.count == 100)
        }
    }
}
