import Foundation
import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// Many confirmed publishes from many tasks, fanned in: nothing lost, nothing twice, and every link there.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct VolumeTests {
    /// Keeps what is compared of each span, not the spans.
    private final class Ledger: SpanProcessor {
        struct State {
            var published: Set<SpanID> = []
            /// Targets of links: a batch may end before the confirm of its last messages is there.
            var linked: [SpanID: Int] = [:]
            var batches = 0
            var dropped = 0
            var acks = 0
        }

        let state = Mutex(State())

        func onEnd(_ span: RecordingSpan) {
            let data = span.data()
            state.withLock { state in
                switch data.kind {
                case .producer: state.published.insert(data.context.spanID)
                case .consumer:
                    state.batches += 1
                    state.dropped += data.droppedLinksCount
                    for link in data.links { state.linked[link.context.spanID, default: 0] += 1 }
                default: state.acks += 1
                }
            }
        }

        func forceFlush(deadline: ContinuousClock.Instant) async -> Bool { true }
        func shutdown(deadline: ContinuousClock.Instant) async -> Bool { true }
    }

    @Test func everyMessageArrivesOnceAndIsLinkedOnce() async throws {
        let (tasks, perBatch) = (64, 500)
        let count = 100_000
        let ledger = Ledger()
        let provider = TracerProvider(processors: [ledger])
        try await Broker.withQueue(tracing: .core(provider)) { channel, queue in
            async let published: Void = publish(count, from: tasks, to: queue, on: channel)
            var seen = [Bool](repeating: false, count: count)
            var (arrived, batches) = (0, 0)
            let iterator = channel.batches(queue: queue, maxCount: perBatch, maxWait: .seconds(60)).makeAsyncIterator()
            while arrived < count, let batch = try await iterator.next() {
                try await batch.process { batch in
                    for delivery in batch {
                        let index = try #require(Int(delivery.bodyString))
                        if seen[index] { Issue.record("\(index) came twice") }
                        seen[index] = true
                    }
                }
                try await batch.ack()
                arrived += batch.count
                batches += 1
            }
            try await published
            #expect(arrived == count && batches == count / perBatch)
            #expect(seen.allSatisfy { $0 })
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
            ledger.state.withLock { state in
                #expect(state.published.count == count && state.linked.count == count)
                #expect(state.published == Set(state.linked.keys) && state.linked.values.allSatisfy { $0 == 1 })
                #expect(state.batches == batches && state.acks == batches && state.dropped == 0)
            }
        }
    }

    private func publish(_ count: Int, from tasks: Int, to queue: String, on channel: AMQPChannel) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for index in stride(from: task, to: count, by: tasks) {
                        try await channel.publish(AMQPMessage(body: "\(index)", isPersistent: false), routingKey: queue)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
