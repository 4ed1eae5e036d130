import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

/// Loops of a service: what a handler holds when it ends is finished and acknowledged first.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct ServiceTests {
    private let memory = MemoryTracing()

    private struct Failure: Error {}

    private func fill(_ queue: String, _ count: Int, on channel: AMQPChannel) async throws {
        try await channel.publishBatch(
            (0..<count).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
    }

    private func rest(of queue: String, on channel: AMQPChannel) async throws -> Int {
        try await channel.declareQueue(queue, passive: true).messageCount
    }

    @Test func aSlowBatchIsFinishedAndAcknowledged() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await fill(queue, 30, on: channel)
            let door = Gate()
            let handled = Mutex(0)
            let service = AMQPBatchService(channel.connection, queue: queue, maxCount: 10, maxWait: .seconds(60)) {
                batch in
                await door.pass()
                // The connection is there until the service has ended.
                try await channel.publish(AMQPMessage(body: "answer"), exchange: "amq.fanout", routingKey: "")
                handled.withLock { $0 += batch.count }
            }
            let run = Task { try await service.run() }
            await door.visited()
            let shutdown = Task { await service.shutdown(timeout: .seconds(60)) }
            service.beginShutdown()
            #expect(handled.withLock(\.self) == 0)
            await door.open()
            await shutdown.value
            try await run.value
            #expect(handled.withLock(\.self) == 10)
            // The others go back, as the consumer has ended; a shutdown of the connection is not needed for that.
            var seen = 0
            let others = channel.batches(queue: queue, maxCount: 20, maxWait: .seconds(60)).makeAsyncIterator()
            while seen < 20, let batch = try await others.next() {
                seen += batch.count
                try await batch.ack()
            }
            #expect(seen == 20)
            #expect(memory.spans.filter { $0.name == "process \(queue)" }.count == 1)
            let ack = try #require(memory.span("ack \(queue)"))
            #expect(ack.attributes[MessagingAttribute.batchMessageCount] == 10)
            #expect(ack.parent?.spanID == memory.span("process \(queue)")?.context.spanID)
        }
    }

    @Test func aSlowMessageIsFinishedAndAcknowledged() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await fill(queue, 3, on: channel)
            let door = Gate()
            let service = AMQPMessageService(channel.connection, queue: queue, prefetch: 1) { _ in await door.pass() }
            let run = Task { try await service.run() }
            await door.visited()
            service.beginShutdown()
            await door.open()
            try await run.value
            await service.shutdown(timeout: .seconds(60))
            #expect(memory.spans.filter { $0.name == "process \(queue)" }.count == 1)
            // One was acknowledged, the others go back.
            let others = channel.batches(queue: queue, maxCount: 2, maxWait: .seconds(60)).makeAsyncIterator()
            let rest = try #require(try await others.next())
            #expect(Set(rest.map(\.bodyString)) == ["1", "2"])
            try await rest.ack()
        }
    }

    @Test func aHandlerThatDoesNotEndDoesNotHoldTheShutdown() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await fill(queue, 1, on: channel)
            let door = Gate()
            let service = AMQPMessageService(channel.connection, queue: queue) { _ in await door.pass() }
            let run = Task { try await service.run() }
            await door.visited()
            await service.shutdown(timeout: .milliseconds(100))
            await door.open()
            try await run.value
        }
    }

    @Test func aServiceThatNeverRanStops() async throws {
        try await Broker.withQueue { channel, queue in
            let service = AMQPBatchService(channel.connection, queue: queue, maxCount: 1, maxWait: .zero) { _ in
                Issue.record("a batch after the end")
            }
            await service.shutdown(timeout: .seconds(60))
            try await fill(queue, 1, on: channel)
            try await service.run()
            #expect(try await rest(of: queue, on: channel) == 1)
        }
    }

    @Test func aCancelledServiceEnds() async throws {
        try await Broker.withQueue { channel, queue in
            let door = Gate()
            try await fill(queue, 1, on: channel)
            let service = AMQPMessageService(channel.connection, queue: queue) { _ in await door.pass() }
            let run = Task { try await service.run() }
            await door.visited()
            run.cancel()
            await door.open()
            do { try await run.value } catch is CancellationError {}
            #expect(try await rest(of: queue, on: channel) == 0)
        }
    }

    // MARK: What ends before its consumer has started

    private enum End { case shutdown, shutdownOfItsConnection, cancellation }

    @Test(arguments: [End.shutdown, .shutdownOfItsConnection, .cancellation])
    private func aServiceEndsWhileThereIsNoConnection(by end: End) async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection(
                recoveryTimeout: .seconds(3_600), configure: { $0.maxChannels = 1 }
            ) { connection, proxy in
                try await connection.withChannel { _ in }
                proxy.goDown()
                let service = AMQPMessageService(connection, queue: queue) { _ in Issue.record("a message") }
                let run = Task { try await service.run() }
                try await eventually("it waits") { await !connection.loops.allLeft(by: .now) }
                switch end {
                case .shutdown: service.beginShutdown()
                case .shutdownOfItsConnection: connection.beginShutdown()
                case .cancellation: run.cancel()
                }
                try await withoutHanging("the service ends") {
                    do { try await run.value } catch is CancellationError {}
                }
                proxy.comeUp()
                // Nothing stays of it.
                try await eventually("the channel is free") {
                    do { return try await connection.withChannel { _ in true } } catch let error as AMQPError {
                        #expect(error.code == .notAllowed)
                        return false
                    }
                }
            }
            #expect(try await direct.declareQueue(queue, passive: true).consumerCount == 0)
        }
    }

    @Test(arguments: [false, true]) func aLoopEndsWhileThereIsNoConnection(byCancellation: Bool) async throws {
        try await CuttableProxy.withConnection(recoveryTimeout: .seconds(3_600)) { connection, proxy in
            let channel = try await connection.openChannel()
            proxy.goDown()
            let loop = Task { try await channel.run(queue: "q") { _ in Issue.record("a message") } }
            try await eventually("it waits") { await !connection.loops.allLeft(by: .now) }
            if byCancellation {
                loop.cancel()
                await #expect(throws: CancellationError.self) { try await loop.value }
            } else {
                await connection.shutdown()
                try await loop.value
            }
        }
    }

    @Test(.processGlobals) func runUntilTerminatedStopsTheServiceBeforeItsConnection() async throws {
        try await Broker.withQueue { setUp, queue in
            try await fill(setUp: setUp, queue)
            let connection = try AMQPConnection(url: Broker.url!, tracing: memory.backend)
            let answers = try await connection.openChannel()
            let service = AMQPMessageService(connection, queue: queue) { delivery in
                try await answers.publish(AMQPMessage(body: "answer"), exchange: "amq.fanout", routingKey: "")
                throw Failure()
            }
            // The failed handler ends the service, and that everything.
            await #expect(throws: Failure.self) { try await runUntilTerminated(connection, service) }
            let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
            #expect(error?.code == .closed)
            var again: AMQPDelivery?
            try await eventually("the message is back") {
                again = try await setUp.get(queue: queue)
                return again != nil
            }
            #expect(again?.redelivered == true)
            try await again?.ack()
        }
    }

    private func fill(setUp: AMQPChannel, _ queue: String) async throws {
        try await setUp.publish(AMQPMessage(body: "x"), routingKey: queue)
    }

    // MARK: What happens after an error (``AMQPFailureAction``)

    @Test func aFailedBatchGoesBackAndEndsTheService() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await fill(queue, 5, on: channel)
            let service = AMQPBatchService(channel.connection, queue: queue, maxCount: 5, maxWait: .seconds(60)) { _ in
                throw Failure()
            }
            await #expect(throws: Failure.self) { try await service.run() }
            let batches = channel.batches(queue: queue, maxCount: 5, maxWait: .seconds(60)).makeAsyncIterator()
            let again = try #require(try await batches.next())
            #expect(again.count == 5 && again.allSatisfy(\.redelivered))
            try await again.ack()
            let nack = try #require(memory.span("nack \(queue)"))
            #expect(nack.status == .unset)
            #expect(nack.attributes[MessagingAttribute.errorType] == nil)
            let process = try #require(memory.span("process \(queue)"))
            #expect(process.attributes[MessagingAttribute.errorType] != nil)
        }
    }

    @Test func aFailedMessageIsDeadLetteredAndTheLoopGoesOn() async throws {
        let dead = Broker.name("dead")
        let arguments: AMQPTable = ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": .string(dead)]
        try await Broker.withQueue(tracing: memory.backend, arguments: arguments) { channel, queue in
            try await channel.declareQueue(dead)
            try await fill(queue, 3, on: channel)
            let handled = Mutex(0)
            let service = HeldService()
            let messages = AMQPMessageService(channel.connection, queue: queue, onError: .deadLetter) { delivery in
                if handled.withLock({
                    $0 += 1
                    return $0
                }) == 3 {
                    service.end()
                }
                if delivery.bodyString == "1" { throw Failure() }
            }
            service.set(messages)
            try await messages.run()
            #expect(handled.withLock(\.self) == 3)
            var found: AMQPDelivery?
            try await eventually("the broker has moved it") {
                found = try await channel.get(queue: dead)
                return found != nil
            }
            let letter = try #require(found)
            #expect(letter.bodyString == "1" && letter.deadLetters.first?.reason == "rejected")
            try await letter.ack()
            #expect(try await channel.deleteQueue(dead) == 0)
        }
    }

    @Test func aFailedMessageIsTriedAgain() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await fill(queue, 1, on: channel)
            let attempts = Mutex(0)
            let service = HeldService()
            let messages = AMQPMessageService(channel.connection, queue: queue, onError: .requeue) { delivery in
                let attempt = attempts.withLock {
                    $0 += 1
                    return $0
                }
                #expect(delivery.redelivered == (attempt > 1))
                if attempt < 3 { throw Failure() }
                service.end()
            }
            service.set(messages)
            try await messages.run()
            #expect(attempts.withLock(\.self) == 3)
            #expect(try await rest(of: queue, on: channel) == 0)
        }
    }

    @Test func aMissingQueueEndsTheServiceWithTheBrokersText() async throws {
        try await Broker.withConnection { connection in
            let service = AMQPMessageService(connection, queue: Broker.name("missing")) { _ in }
            let error = await #expect(throws: AMQPError.self) { try await service.run() }
            #expect(error?.code == .notFound && error?.replyText?.contains("missing") == true)
        }
    }

    /// A service that its own handler ends.
    private final class HeldService: Sendable {
        private let service = Mutex<AMQPMessageService?>(nil)

        func set(_ service: AMQPMessageService) { self.service.withLock { $0 = service } }
        func end() { service.withLock { $0 }?.beginShutdown() }
    }
}
