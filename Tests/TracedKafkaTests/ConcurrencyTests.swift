import CThreadSanitizerShim
import Foundation
import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// Everything at once; meant for `scripts/test --sanitize thread` above all.
@Suite(.timeLimit(.minutes(5))) struct ConcurrencyTests {
    @Test func sendingAndConsumingAtOnceUntilTheShutdown() async throws {
        let tasks = 4
        let perTask = 250
        let bench = try TracedBench(group: "g", producerProperties: ["queue.buffering.max.messages": "100"])
        let (producer, consumer) = (bench.producer, bench.consumer)
        let seen = Guarded<Set<Int64>>([])
        @Sendable func note(_ message: KafkaMessage) {
            #expect(message.headers.count(of: "traceparent") == 1)
            let count = seen.withLock { seen in
                #expect(seen.insert(message.offset).inserted)
                return seen.count
            }
            if count == tasks * perTask { consumer.beginShutdown() }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for index in 0..<(perTask / 5) {
                        let value = "\(task) \(index)"
                        for _ in 0..<2 {
                            _ = try await producer.send(.init(topic: "t", key: value, value: value, partition: 0))
                        }
                        _ = try await producer.sendBatch(
                            (0..<3).map { _ in .init(topic: "t", value: value, headers: ["a": "b"], partition: 0) })
                    }
                }
            }
            group.addTask {
                try await consumer.runBatches(maxCount: 20, maxWait: .milliseconds(1)) { $0.forEach(note) }
            }
            group.addTask {
                for try await message in consumer.messages {
                    try await message.process { note(message) }
                    try consumer.store(offsetOf: message)
                }
            }
            group.addTask {
                // Who reads metrics does so at any time.
                while !consumer.isEnding.load(ordering: .acquiring) {
                    _ = bench.memory.metrics.collect()
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        await bench.end()
        #expect(seen.withLock { $0.count } == tasks * perTask)
        let links = bench.memory.spans.named("process t").reduce(0) { $0 + $1.links.count }
        #expect(links == tasks * perTask)
    }

    /// Under the sanitizer librdkafka's threads and locks must be visible to it.
    @Test func theSanitizerSeesLibrdkafkasThreads() {
        #if THREAD_SANITIZER
        #expect(spanlink_c11_threads_are_mapped() == 1)
        #else
        #expect(spanlink_c11_threads_are_mapped() == 0)
        #endif
    }
}
