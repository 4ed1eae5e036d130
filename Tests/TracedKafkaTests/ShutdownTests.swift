import MessagingTracing
import SpanlinkRuntime
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// What is held when a client ends is finished first.
@Suite(.timeLimit(.minutes(5))) struct ShutdownTests {
    @Test func aHeldBatchIsFinishedAndCommitted() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(30)
        let door = Gate()
        let consumer = bench.consumer
        let handled = Guarded(0)
        let run = Task {
            try await consumer.runBatches(maxCount: 10, maxWait: .seconds(60)) { batch in
                await door.pass()
                handled.withLock { $0 += batch.count }
            }
        }
        await door.visited()
        let shutdown = Task { await consumer.shutdown(timeout: .seconds(60)) }
        try await eventually { consumer.isEnding.load(ordering: .acquiring) }
        #expect(handled.withLock { $0 } == 0)
        await door.open()
        try await run.value
        await shutdown.value
        #expect(handled.withLock { $0 } == 10)
        #expect(try await bench.committed() == 10)
        #expect(bench.memory.spans.named("process t").count == 1)
        #expect(bench.memory.spans.named("commit t").count == 1)
        await bench.end()
    }

    @Test func aHandlerThatDoesNotEndDoesNotHoldTheShutdown() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(10)
        let door = Gate()
        let consumer = bench.consumer
        let run = Task {
            try await consumer.runBatches(maxCount: 10, maxWait: .seconds(60)) { _ in await door.pass() }
        }
        await door.visited()
        // Returns although the door is closed.
        await consumer.shutdown(timeout: .milliseconds(100))
        await door.open()
        // Whether its commit still came in time is open; that it ends is not.
        do { try await run.value } catch { #expect(code(of: error) == .closed) }
        await bench.end()
    }

    @Test func anApplicationThatHoldsARebalanceDoesNotHoldTheShutdown() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let door = Gate()
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults, logSink: nil)
        configuration.onRebalance = { _ in await door.pass() }
        let consumer = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let pull = Task { try await consumer.receive(maxWait: .seconds(60)) }
        await door.visited()
        await consumer.shutdown(timeout: .milliseconds(100))
        await door.open()
        _ = try? await pull.value
    }

    @Test func commitsDuringTheCloseEnd() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.send(.init(topic: "t", value: "v", partition: 0))
        await producer.shutdown()
        for _ in 0..<10 {
            let consumer = try kafka.consumer("t", group: "g")
            let message = try await consumer.receive()
            let commits = (0..<4).map { _ in
                Task { while true { try await consumer.commit(message) } }
            }
            try await consumer.commit(message)
            await consumer.shutdown()
            for commit in commits {
                let error = await #expect(throws: KafkaError.self) {
                    try await withoutHanging("a commit", within: .seconds(30)) { try await commit.value }
                }
                #expect(error?.code == .closed)
            }
        }
    }

    @Test func everySendSpanEndsWithItsProducer() async throws {
        let bench = try TracedBench(
            producerProperties: ["queue.buffering.max.messages": "5", "linger.ms": "0", "message.timeout.ms": "0"])
        try bench.kafka.takeDown()
        let producer = bench.producer
        let sends = (0..<20).map { index in
            Task { try await producer.send(.init(topic: "t", value: "\(index)", partition: 0)) }
        }
        try await eventually { queued(producer) == 5 && producer.events.room.glance().isCrowded }
        await producer.shutdown(timeout: .milliseconds(10))
        var codes: [KafkaError.Code: Int] = [:]
        for send in sends {
            do { _ = try await send.value } catch { codes[code(of: error) ?? .other, default: 0] += 1 }
        }
        #expect(codes.values.reduce(0, +) == 20)
        #expect(codes[.purged] == 5)
        #expect(Set(codes.keys) == [.purged, .closed])
        // A send that came after the close has no span: it began nothing.
        let spans = bench.memory.spans.named("send t")
        #expect(spans.allSatisfy { $0.status != .unset && $0.attributes["error.type"] != nil })
        #expect(Set(spans.map(\.context.spanID)).count == spans.count && spans.count >= 5)
        await bench.consumer.shutdown()
    }

    @Test(.processGlobals) func aServiceStopsInReverseOrderAndTelemetryLast() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let exporter = InMemorySpanExporter()
        var configuration = Telemetry.Configuration(serviceName: "orders")
        configuration.spanExporters = [.inMemory(exporter)]
        configuration.setsGlobalBackend = false
        configuration.logSink = RecordingLogSink()
        let telemetry = try Telemetry(configuration: configuration, environment: [:])
        let producer = try kafka.tracedProducer(telemetry.backend)
        let consumer = try kafka.tracedConsumer(telemetry.backend, group: "g")
        let door = Gate()
        let service = KafkaBatchService(consumer, maxCount: 10, maxWait: .seconds(60)) { batch in
            await door.pass()
            // What a handler sends while its service stops still arrives: the producer ends after the consumer.
            _ = try await producer.send(.init(topic: "u", value: "done", partition: 0))
        }
        let order = Guarded<[String]>([])
        let parts: [any LifecycleComponent] = [
            Observed("telemetry", telemetry, order), Observed("producer", producer, order),
            Observed("service", service, order),
        ]
        let main = Task { try await runUntilTerminated(parts, logSink: RecordingLogSink()) }
        _ = try await producer.sendBatch((0..<10).map { .init(topic: "t", value: "\($0)", partition: 0) })
        await door.visited()
        main.cancel()
        try await eventually { order.withLock { !$0.isEmpty } }
        await door.open()
        try await main.value
        #expect(
            order.withLock { $0 } == [
                "stopping service", "stopped service", "stopping producer", "stopped producer", "stopping telemetry",
                "stopped telemetry",
            ])
        let reader = try kafka.tracedConsumer(.disabled, group: "g", from: .stored)
        #expect(try await reader.committed([TracedBench.p0], timeout: .seconds(60)) == [TracedBench.p0: 10])
        await reader.shutdown()
        let names = exporter.finishedSpans.map(\.name)
        for name in ["send t", "process t", "send u", "commit t"] { #expect(names.contains(name)) }
    }
}

/// A part that tells when it is stopped.
private struct Observed: LifecycleComponent {
    let name: String
    let part: any LifecycleComponent
    let order: Guarded<[String]>

    init(_ name: String, _ part: any LifecycleComponent, _ order: Guarded<[String]>) {
        self.name = name
        self.part = part
        self.order = order
    }

    func run() async throws { try await part.run() }
    func beginShutdown() { part.beginShutdown() }
    func shutdown(timeout: Duration) async {
        order.withLock { $0.append("stopping \(name)") }
        await part.shutdown(timeout: timeout)
        order.withLock { $0.append("stopped \(name)") }
    }
}
