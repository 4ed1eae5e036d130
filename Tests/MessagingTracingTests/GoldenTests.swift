import MessagingTracing
import TestSupport
import Testing
import TracingCore

/// The worked examples of the conventions that any adapter can give, with an adapter in memory.
@Suite(.bothSpanPaths, .enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
struct GoldenTests {
    let tracing = FileTracing()

    private func instrumentation(
        _ system: MessagingSystem, hasServer: Bool = true, _ change: (inout MessagingTracingOptions) -> Void = { _ in }
    ) -> MessagingInstrumentation {
        var options = MessagingTracingOptions()
        change(&options)
        return MessagingInstrumentation(
            system: system, client: .init(serverAddress: hasServer ? "ms" : nil, serverPort: hasServer ? 1234 : nil),
            options: options, backend: tracing.backend, library: "memory-queue")
    }

    private static let kafkaLike = MessagingSystem(name: "kafka", operationNames: .init(receive: "poll"))

    @Test func everyCaseIsHere() throws {
        let cases = try GoldenExample.ids(runBy: "generic")
        #expect(
            cases == [
                "topic_multiple_consumers", "batch_receiving", "batch_publish_with_create",
                "batch_publish_without_create", "pubsub_pull_ack",
            ])
    }

    @Test func topicWithMultipleConsumers() async throws {
        let system = MessagingSystem(name: "rabbitmq", operationNames: .init(send: "publish", process: "consume"))
        let topic = MemoryQueue("T", instrumentation(system))
        topic.publish(topic.message(id: "a"))
        for _ in 0..<2 { for message in topic.all { try await topic.process(message) {} } }
        #expect(try GoldenExample("topic_multiple_consumers").differences(from: tracing.spans()) == [])
    }

    @Test func batchReceiving() throws {
        let queue = MemoryQueue("Q", instrumentation(Self.kafkaLike))
        for id in ["a1", "a2"] { queue.publish(queue.message(id: id)) }
        queue.receive(queue.all, isBatch: true)
        #expect(try GoldenExample("batch_receiving").differences(from: tracing.spans()) == [])
    }

    @Test func batchPublishingWithCreateSpans() throws {
        let queue = MemoryQueue("Q", instrumentation(Self.kafkaLike))
        queue.publish(["a1", "a2"].map { queue.message(id: $0) })
        for message in queue.all { queue.receive([message], isBatch: false) }
        #expect(try GoldenExample("batch_publish_with_create").differences(from: tracing.spans()) == [])
    }

    @Test func batchPublishingWithoutCreateSpans() throws {
        let queue = MemoryQueue("Q", instrumentation(Self.kafkaLike) { $0.createSpans = false })
        queue.publish(["a1", "a2"].map { queue.message(id: $0) })
        for message in queue.all { queue.receive([message], isBatch: false) }
        #expect(try GoldenExample("batch_publish_without_create").differences(from: tracing.spans()) == [])
    }

    @Test func pullAndAcknowledgeOutsideOfAnySpan() throws {
        let pubsub = instrumentation(MessagingSystem(name: "gcp_pubsub"), hasServer: false)
        let topic = MemoryQueue("T", pubsub)
        let subscription = MemoryQueue("S", pubsub)
        var message = topic.message(id: "a1")
        pubsub.recordCreate(&message)
        message.id = nil  // The table gives the id to the message that was made and received, not to its sending.
        var received = topic.publish(message)
        received.id = "a1"
        received.channel = subscription.channel
        let receive = subscription.receive([received], isBatch: false)
        let links = SpanLinks(receive.context)
        pubsub.startSettle("modack", from: subscription.channel, links: links, isSettlement: false).succeed()
        pubsub.startSettle("ack", from: subscription.channel, links: links).succeed()
        var example = try GoldenExample("pubsub_pull_ack")
        for index in example.spans.indices { example.spans[index].status = "UNSET" }
        #expect(try example.differences(from: tracing.spans()) == [])
    }
}
