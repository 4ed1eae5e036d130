import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

extension FaultTests {
    /// The broker is killed and started again.
    @Suite(.enabled(if: OpenResources.areVisible, "\(OpenResources.absence)"))
    struct KilledBrokerTests {
        private final class Outcomes: Sendable {
            let confirmed = Mutex<Set<String>>([])
            let delivered = Mutex<Set<String>>([])
            let published = Mutex(0)
            let unknown = Mutex(0)
            let batches = Mutex(0)
            let isOver = Atomic(false)
        }

        @Test(arguments: [false, true])
        func threeTimesUnderLoadLosesNothingThatWasConfirmed(resends: Bool) async throws {
            let tracing = FileTracing()
            let outcomes = Outcomes()
            try await PrivateBroker.with { broker in
                var configuration = try broker.configuration
                configuration.resendsUnconfirmed = resends
                weak var core: ConnectionCore?
                weak var publisher: ConnectionCore?
                do {
                    let connection = try AMQPConnection(configuration: configuration, tracing: tracing.backend)
                    core = connection.core
                    try await connection.withChannel { channel in
                        try await channel.declareQueue("q", durable: true)
                        try await broker.syncDeclarations()
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for task in 0..<16 {
                                group.addTask {
                                    do { try await publish(channel, task, outcomes) } catch { Issue.record(error) }
                                }
                            }
                            let consumer = Task {
                                do {
                                    try await channel.runBatches(
                                        queue: "q", maxCount: 100, maxWait: .milliseconds(20)
                                    ) { batch in
                                        outcomes.batches.withLock { $0 += 1 }
                                        outcomes.delivered.withLock { $0.formUnion(batch.map(\.bodyString)) }
                                    }
                                } catch {
                                    Issue.record(error)
                                }
                            }
                            for _ in 0..<3 {
                                try await more(outcomes)
                                try await broker.kill()
                                try await broker.start()
                            }
                            try await more(outcomes)
                            // One that failed while it was made may still be on its way out.
                            try await eventually("there are two sockets with a thread each") {
                                let open = OpenResources(ofBrokerAt: configuration.port)
                                return open.threads == 2 && open.sockets == 2
                            }
                            outcomes.isOver.store(true, ordering: .relaxed)
                            try await group.waitForAll()
                            try await eventually("all that was confirmed is delivered") {
                                let delivered = outcomes.delivered.withLock(\.self)
                                return outcomes.confirmed.withLock { $0.isSubset(of: delivered) }
                            }
                            publisher = connection.core.sockets.first
                            #expect(publisher !== core)
                            connection.beginShutdown()
                            await consumer.value
                        }
                    }
                    await connection.shutdown()
                }
                // Threads and sockets by what the system shows, the descriptors for waking by who owns them.
                try await eventually("threads and descriptors are as before") {
                    OpenResources(ofBrokerAt: configuration.port) == OpenResources() && core == nil && publisher == nil
                }
            }
            let (confirmed, unknown) = (outcomes.confirmed.withLock(\.count), outcomes.unknown.withLock(\.self))
            #expect(confirmed + unknown == outcomes.published.withLock(\.self))
            if resends { #expect(unknown == 0) }
            let spans = try tracing.spans()
            #expect(Set(spans.map(\.spanID)).count == spans.count)
            #expect(spans.filter { $0.kind == "PRODUCER" }.count == confirmed + unknown)
            #expect(spans.filter { $0.kind == "CONSUMER" }.count == outcomes.batches.withLock(\.self))
        }

        private func publish(_ channel: AMQPChannel, _ task: Int, _ outcomes: Outcomes) async throws {
            var index = 0
            while !outcomes.isOver.load(ordering: .relaxed) {
                index += 1
                let body = "\(task)-\(index)"
                outcomes.published.withLock { $0 += 1 }
                do {
                    let message = AMQPMessage(body: Array(body.utf8), properties: AMQPProperties(isPersistent: true))
                    try await channel.publish(message, routingKey: "q")
                    outcomes.confirmed.withLock { _ = $0.insert(body) }
                } catch let error as AMQPError where error.code == .outcomeUnknown {
                    outcomes.unknown.withLock { $0 += 1 }
                }
            }
        }

        private func more(_ outcomes: Outcomes) async throws {
            let before = outcomes.confirmed.withLock(\.count)
            try await eventually("500 more are confirmed") { outcomes.confirmed.withLock(\.count) >= before + 500 }
        }

        /// The tags of the new connection are those of the old: an ack that went on the wire would settle other messages.
        @Test func anAckOfABatchFromBeforeSettlesNothing() async throws {
            try await PrivateBroker.with { broker in
                let log = RecordingLogSink()
                var configuration = try broker.configuration
                configuration.logSink = log
                let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q", durable: true)
                try await broker.syncDeclarations()
                try await channel.publishBatch(
                    (0..<10).map {
                        AMQPPublication(
                            AMQPMessage(body: Array("\($0)".utf8), properties: AMQPProperties(isPersistent: true)),
                            routingKey: "q")
                    })
                var handled: [[String]] = []
                try await channel.runBatches(queue: "q", maxCount: 4, maxWait: .seconds(60), prefetch: 10) { batch in
                    handled.append(batch.map(\.bodyString))
                    guard handled.count == 1 else { return connection.beginShutdown() }
                    try await broker.kill()
                    try await broker.start()
                    // The same tags are out again, on the connection that is there now.
                    var facts = ""
                    do {
                        try await eventually("all are delivered again", within: .seconds(600)) {
                            facts = try await broker.control("list_queues", "messages", "messages_unacknowledged")
                            return facts.contains("10\t10")
                        }
                    } catch {
                        Issue.record("\(facts) at \(broker.status.url): \(log.entries.suffix(5))")
                        throw error
                    }
                    for settle in [{ try await batch.ack() }, { try await batch[3].ack() }, { try await batch.nack() }]
                    {
                        let error = await #expect(throws: AMQPError.self) { try await settle() }
                        #expect(error?.code == .staleDelivery)
                    }
                    let left = try await broker.control("list_queues", "messages", "messages_unacknowledged")
                    #expect(left.split(whereSeparator: \.isWhitespace).suffix(2) == ["10", "10"])
                }
                await connection.shutdown()
                // What was acknowledged is what was handled on the connection that brought it.
                #expect(handled == [["0", "1", "2", "3"], ["0", "1", "2", "3"]])
                let after = try AMQPConnection(configuration: broker.configuration, tracing: .disabled)
                var rest: [String] = []
                // They are back once the broker knows that the connection is gone.
                let observer = try await after.openChannel()
                try await eventually("all others are back") {
                    while let delivery = try await observer.get(queue: "q") { rest.append(delivery.bodyString) }
                    return rest.count >= 6
                }
                await after.shutdown()
                #expect(rest == ["4", "5", "6", "7", "8", "9"])
            }
        }
    }
}
