import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// Deliveries of a real broker: in order, in batches, settled, sent back, and how consumers end.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct ConsumeTests {
    @Test func deliveriesComeInOrderAndAreSettled() async throws {
        try await Broker.withQueue { channel, queue in
            for index in 0..<5 { try await channel.publish(AMQPMessage(body: "\(index)"), routingKey: queue) }
            let iterator = channel.deliveries(queue: queue, prefetch: 2).makeAsyncIterator()
            for index in 0..<5 {
                let delivery = try #require(try await iterator.next())
                #expect(delivery.bodyString == "\(index)" && delivery.queue == queue)
                try await delivery.ack()
                let error = await #expect(throws: AMQPError.self) { try await delivery.ack() }
                #expect(error?.code == .staleDelivery)
            }
        }
    }

    @Test func whatIsSentBackComesAgain() async throws {
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
            try await #require(try await iterator.next()).nack()
            let again = try #require(try await iterator.next())
            #expect(again.redelivered)
            try await again.reject()
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
        }
    }

    @Test func anIteratorThatGoesAwaySendsBackWhatItHasNotGiven() async throws {
        try await Broker.withQueue { channel, queue in
            for index in 0..<10 { try await channel.publish(AMQPMessage(body: "\(index)"), routingKey: queue) }
            var held: AMQPDelivery?
            do {
                let iterator = channel.deliveries(queue: queue, prefetch: 10).makeAsyncIterator()
                held = try await iterator.next()
            }
            // It may be settled still.
            try await held?.ack()
            var seen: Set<String> = []
            let iterator = channel.deliveries(queue: queue, prefetch: 10).makeAsyncIterator()
            while seen.count < 9, let delivery = try await iterator.next() {
                seen.insert(delivery.bodyString)
                try await delivery.ack()
            }
            #expect(seen == Set((1...9).map(String.init)))
        }
    }

    @Test func manyMessagesFromManyTasksInBatches() async throws {
        let count = 5_000
        try await Broker.withQueue { channel, queue in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<10 {
                    group.addTask {
                        for index in 0..<(count / 10) {
                            try await channel.publish(
                                AMQPMessage(body: "\(task * count / 10 + index)"), routingKey: queue)
                        }
                    }
                }
                try await group.waitForAll()
            }
            var seen: [String] = []
            let batches = channel.batches(queue: queue, maxCount: 500, maxWait: .seconds(10)).makeAsyncIterator()
            while seen.count < count, let batch = try await batches.next() {
                seen += batch.map(\.bodyString)
                try await batch.ack()
            }
            #expect(seen.count == count && Set(seen).count == count)
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
        }
    }

    @Test func aDeletedQueueEndsItsConsumer() async throws {
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
            _ = try await iterator.next()
            try await channel.deleteQueue(queue)
            let error = await #expect(throws: AMQPError.self) { _ = try await iterator.next() }
            #expect(error?.code == .consumerCancelled)
        }
    }

    @Test func aCancelledTaskStopsWaiting() async throws {
        try await Broker.withQueue { channel, queue in
            let task = Task {
                let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
                return try await iterator.next()
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
    }

    private func expect(_ count: Int, readyIn queue: String, on channel: AMQPChannel) async throws {
        try await eventually("\(count) messages are ready") {
            try await channel.declareQueue(queue, passive: true).messageCount == count
        }
    }

    /// A handler that its task's cancellation interrupts has not failed.
    @Test(arguments: [AMQPFailureAction.deadLetter, .requeue, .requeueAndThrow], [false, true])
    func aCancelledLoopSendsBackWhatItHolds(onError: AMQPFailureAction, inBatches: Bool) async throws {
        try await Broker.withQueue { channel, queue in
            try await channel.publishBatch(
                (0..<10).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
            let (calls, door) = (Counter(), Gate())
            let run = Task {
                if inBatches {
                    try await channel.runBatches(
                        queue: queue, maxCount: 2, maxWait: .seconds(60), prefetch: 10, onError: onError
                    ) { _ in
                        calls.increment()
                        await door.pass()
                        try Task.checkCancellation()
                    }
                } else {
                    try await channel.run(queue: queue, prefetch: 10, onError: onError) { _ in
                        calls.increment()
                        await door.pass()
                        try Task.checkCancellation()
                    }
                }
            }
            await door.visited()
            run.cancel()
            await door.open()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(calls.value == 1)
            try await expect(10, readyIn: queue, on: channel)
        }
    }

    @Test func aCancelledWaitForMoreTakesNothing() async throws {
        try await Broker.withQueue { channel, queue in
            let door = Gate()
            let run = Task {
                try await channel.runBatches(queue: queue, maxCount: 2, maxWait: .seconds(600)) { batch in
                    if batch.count == 2 { await door.pass() } else { Issue.record("half a batch") }
                }
            }
            try await channel.publishBatch(
                (0..<3).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
            await door.visited()
            await door.open()
            // The batch is acknowledged, and the third message waits for a fourth.
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            try await expect(1, readyIn: queue, on: channel)
        }
    }

    @Test func whatALoopDropsGoesBackWhenItIsLeft() async throws {
        struct Failure: Error {}
        try await Broker.withQueue { channel, queue in
            for body in ["x", "y"] { try await channel.publish(AMQPMessage(body: body), routingKey: queue) }
            await #expect(throws: Failure.self) {
                for try await delivery in channel.deliveries(queue: queue) {
                    try await delivery.process { throw Failure() }
                }
            }
            try await expect(2, readyIn: queue, on: channel)
            // Also what was gathered by a rule of the application's own.
            do {
                var held = MessageBatch()
                for try await delivery in channel.deliveries(queue: queue) {
                    held.append(delivery)
                    if held.count == 2 { break }
                }
                #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
                withExtendedLifetime(held) {}
            }
            try await expect(2, readyIn: queue, on: channel)
        }
    }

    @Test func aFailedHandlerSendsTheMessageBackAndEndsTheLoop() async throws {
        struct Failure: Error {}
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            await #expect(throws: Failure.self) { try await channel.run(queue: queue) { _ in throw Failure() } }
            var calls = 0
            await #expect(throws: Failure.self) {
                try await channel.run(queue: queue, onError: .requeueAndThrow) { delivery in
                    calls += 1
                    #expect(delivery.redelivered)
                    throw Failure()
                }
            }
            #expect(calls == 1)
        }
    }

    /// What a consumer says to the broker, in every way to have one: here something that the broker refuses.
    @Test(arguments: 0..<4)
    func loopsAndServicesSayTheArgumentsOfTheirConsumer(way: Int) async throws {
        try await Broker.withQueue { channel, queue in
            let connection = channel.connection
            func consume(exclusive: Bool = false, arguments: AMQPTable = [:]) async throws {
                switch way {
                case 0: try await channel.run(queue: queue, exclusive: exclusive, arguments: arguments) { _ in }
                case 1:
                    try await channel.runBatches(
                        queue: queue, maxCount: 1, maxWait: .zero, exclusive: exclusive, arguments: arguments
                    ) { _ in }
                case 2:
                    try await AMQPMessageService(
                        connection, queue: queue, exclusive: exclusive, arguments: arguments
                    ) { _ in }.run()
                default:
                    try await AMQPBatchService(
                        connection, queue: queue, maxCount: 1, maxWait: .zero, exclusive: exclusive,
                        arguments: arguments
                    ) { _ in }.run()
                }
            }
            let argument = await #expect(throws: AMQPError.self) {
                try await consume(arguments: ["x-priority": "high"])
            }
            #expect(argument?.code == .preconditionFailed && argument?.replyText?.contains("x-priority") == true)
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            let other = channel.deliveries(queue: queue).makeAsyncIterator()
            _ = try await other.next()
            let exclusive = await #expect(throws: AMQPError.self) { try await consume(exclusive: true) }
            #expect(exclusive?.code == .accessRefused)
            withExtendedLifetime(other) {}
        }
    }

    @Test func aShutdownLetsTheHandlerFinishAndAcknowledges() async throws {
        let queue = Broker.name("test")
        try await Broker.withConnection { setUp in
            try await setUp.withChannel { channel in
                try await channel.declareQueue(queue)
                try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
                try await Broker.withConnection { connection in
                    let runner = try await connection.openChannel()
                    try await runner.runBatches(queue: queue, maxCount: 10, maxWait: .milliseconds(1)) { batch in
                        #expect(batch.count == 1)
                        connection.beginShutdown()
                    }
                    let error = await #expect(throws: AMQPError.self) {
                        try await runner.publish(AMQPMessage(body: "x"), routingKey: queue)
                    }
                    #expect(error?.code == .closed)
                }
                #expect(try await channel.deleteQueue(queue) == 0)
            }
        }
    }
}
