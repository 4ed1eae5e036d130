import Synchronization
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// What happens to a broker: killed, frozen, out of memory. One broker of its own for each.
@Suite(
    .serialized, .enabled(if: Broker.isThere, "\(Broker.absence)"),
    .enabled(if: PrivateBroker.isInstalled, "\(PrivateBroker.absence)"))
struct FaultTests {
    private func withBroker(
        heartbeat: Duration = .seconds(30), tracing: FileTracing = FileTracing(),
        _ body: (PrivateBroker, AMQPConnection) async throws -> Void
    ) async throws {
        let broker = PrivateBroker()
        do {
            try await broker.start()
            var configuration = try AMQPConnection.Configuration(url: broker.status.url)
            configuration.heartbeat = heartbeat
            configuration.recoveryTimeout = .seconds(60)
            configuration.reconnect.maxDelay = .milliseconds(500)
            configuration.logSink = nil
            let connection = try AMQPConnection(configuration: configuration, tracing: tracing.backend)
            do {
                try await body(broker, connection)
                await connection.shutdown()
            } catch {
                await connection.shutdown(timeout: .zero)
                throw error
            }
            await broker.remove()
        } catch {
            await broker.remove()
            throw error
        }
    }

    @Test func aKilledBrokerLosesNothingThatWasConfirmed() async throws {
        let tracing = FileTracing()
        let outcomes = Outcomes()
        try await withBroker(tracing: tracing) { broker, connection in
            try await connection.withChannel { channel in
                try await channel.declareQueue("survivor", durable: true)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<16 {
                        group.addTask {
                            var index = 0
                            while !outcomes.isOver.withLock(\.self) {
                                index += 1
                                let body = "\(task)-\(index)"
                                do {
                                    try await channel.publish(AMQPMessage(body: body), routingKey: "survivor")
                                    outcomes.confirmed.withLock { _ = $0.insert(body) }
                                } catch let error as AMQPError where error.code == .outcomeUnknown {
                                    outcomes.unknown.withLock { $0 += 1 }
                                }
                            }
                        }
                    }
                    for _ in 0..<3 {
                        let before = outcomes.confirmed.withLock(\.count)
                        while outcomes.confirmed.withLock(\.count) < before + 500 {
                            try await Task.sleep(for: .milliseconds(5))
                        }
                        try await broker.kill()
                        try await broker.start()
                    }
                    let before = outcomes.confirmed.withLock(\.count)
                    while outcomes.confirmed.withLock(\.count) < before + 500 {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    outcomes.isOver.withLock { $0 = true }
                    try await group.waitForAll()
                }
                var arrived: Set<String> = []
                let count = try await channel.declareQueue("survivor", durable: true).messageCount
                let batches = channel.batches(queue: "survivor", maxCount: 500, maxWait: .milliseconds(200))
                    .makeAsyncIterator()
                var seen = 0
                while seen < count, let batch = try await batches.next() {
                    seen += batch.count
                    arrived.formUnion(batch.map(\.bodyString))
                    try await batch.ack()
                }
                #expect(outcomes.confirmed.withLock { $0.isSubset(of: arrived) })
            }
        }
        let ended = outcomes.confirmed.withLock(\.count) + outcomes.unknown.withLock(\.self)
        #expect(try tracing.spans().filter { $0.kind == "PRODUCER" }.count == ended)
    }

    @Test func aFrozenBrokerIsNoticed() async throws {
        try await withBroker(heartbeat: .seconds(2)) { broker, connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            // Open while idle: more than two heartbeats pass.
            try await Task.sleep(for: .seconds(5))
            #expect(try await channel.declareQueue("q").name == "q")
            broker.freeze()
            let error = await #expect(throws: AMQPError.self) {
                try await channel.publish(AMQPMessage(body: "x"), routingKey: "q")
            }
            #expect(error?.code == .outcomeUnknown)
            broker.thaw()
            try await channel.publish(AMQPMessage(body: "x"), routingKey: "q", mandatory: true)
        }
    }

    @Test func aBlockedConnectionHoldsPublishersAndGoesOnAfter() async throws {
        try await withBroker { broker, connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            try await channel.publish(AMQPMessage(body: "0"), routingKey: "q")
            try await broker.control("set_vm_memory_high_watermark", "absolute", "1")
            let published = Outcomes()
            let publisher = Task {
                for index in 1...100 {
                    try await channel.publish(AMQPMessage(body: "\(index)"), routingKey: "q")
                    published.confirmed.withLock { _ = $0.insert("\(index)") }
                }
            }
            try await broker.control("set_vm_memory_high_watermark", "0.4")
            try await publisher.value
            #expect(published.confirmed.withLock(\.count) == 100)
            #expect(try await channel.declareQueue("q", passive: true).messageCount == 101)
        }
    }

    private final class Outcomes: Sendable {
        let confirmed = Mutex<Set<String>>([])
        let unknown = Mutex(0)
        let isOver = Mutex(false)
    }
}
