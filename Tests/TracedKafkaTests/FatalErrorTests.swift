import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// After a fatal error librdkafka does nothing for a client any more, and says so once.
@Suite(.timeLimit(.minutes(5))) struct FatalErrorTests {
    @Test func everyPullIsToldOfAFatalError() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let told = Guarded<[KafkaRebalance.Kind]>([])
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults.merging(["session.timeout.ms": "10000"]) { $1 }, logSink: nil)
        configuration.onRebalance = { rebalance in told.withLock { $0.append(rebalance.kind) } }
        let consumer = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let pulls = (0..<3).map { _ in Task { try await consumer.receive(maxWait: .seconds(60)) } }
        try await eventually { told.withLock { $0 == [.assigned] } }
        // The broker's answer to a member whose name (`group.instance.id`) another one has taken.
        kafka.failRequests(.heartbeat, with: [82])
        for pull in pulls {
            let error = await #expect(throws: KafkaError.self) { try await pull.value }
            #expect(error?.code == .fatal)
        }
        for _ in 0..<2 {
            let error = await #expect(throws: KafkaError.self) { try await consumer.receive(maxWait: .seconds(1)) }
            #expect(error?.code == .fatal)
            #expect(error?.errorType == "FENCED_INSTANCE_ID")
            #expect(error?.message.contains("FENCED_INSTANCE_ID") == true)
        }
        await consumer.shutdown()
        #expect(await consumer.destroyed(within: .seconds(60)))
    }
}
