#if ServiceLifecycle && SwiftLog
import Foundation
import Logging
import ServiceLifecycle
import SpanlinkRuntime
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore
import TracingTestKit
import UnixSignals

@testable import TracedKafka

/// swift-service-lifecycle's group around telemetry, a producer and a consumer.
@Suite(.processGlobals, .timeLimit(.minutes(2))) struct ServiceGroupTests {
    @Test func aGroupEndsGracefullyOnSIGTERM() async throws {
        let exporter = InMemorySpanExporter()
        var configuration = Telemetry.Configuration(serviceName: "test")
        configuration.spanExporters = [.custom(exporter)]
        // Nothing is exported but by the shutdown.
        configuration.batchProcessor.scheduleDelay = .seconds(3_600)
        configuration.setsGlobalBackend = false
        let telemetry = try Telemetry(configuration: configuration)
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.tracedProducer(telemetry.backend)
        let consumer = try kafka.tracedConsumer(telemetry.backend, group: "g")
        _ = try await producer.sendBatch((0..<20).map { .init(topic: "t", value: "\($0)", partition: 0) })

        let door = Gate()
        let handled = Guarded(0)
        let batches = KafkaBatchService(consumer, maxCount: 10, maxWait: .seconds(60)) { batch in
            await door.pass()
            handled.withLock { $0 += batch.count }
        }
        let group = ServiceGroup(
            services: [telemetry, producer, batches], gracefulShutdownSignals: [.sigterm],
            logger: Logger(label: "group", factory: { _ in SwiftLogNoOpLogHandler() }))
        let run = Task { try await group.run() }
        await door.visited()
        kill(getpid(), SIGTERM)
        // The service before it in the group works on while the batch is in the handler.
        try await eventually { consumer.isEnding.load(ordering: .acquiring) }
        _ = try await producer.send(.init(topic: "t", value: "last", partition: 0))
        #expect(exporter.finishedSpans.isEmpty)
        await door.open()
        try await run.value

        #expect(handled.withLock { $0 } == 10)
        let reader = try kafka.consumer("t", group: "g", from: .stored)
        #expect(try await reader.committed([TracedBench.p0], timeout: .seconds(60))[TracedBench.p0] == 10)
        await reader.shutdown()
        let names = exporter.finishedSpans.map(\.name)
        #expect(names.count { $0 == "process t" } == 1)
        #expect(names.count { $0 == "commit t" } == 1)
        #expect(names.contains("send t"))
        #expect(telemetry.lostSpans.isEmpty)
        // Each has ended: a group calls nothing but `run()`.
        await #expect(throws: KafkaError.self) { _ = try await producer.send(.init(topic: "t", value: "late")) }
        #expect(await consumer.destroyed(within: .seconds(10)))
    }

    private struct Failing: Service {
        func run() async throws { throw Failure() }
    }

    private struct Failure: Error {}

    private struct LastWords: Service {
        let telemetry: Telemetry

        func run() async throws {
            try await gracefulShutdown()
            await telemetry.withSpan("last words") { _ in }
        }
    }

    /// As the README has it: a service that fails ends the group in its order, so that telemetry is there for the last spans.
    @Test func telemetryOutlivesTheOthersWhenOneFails() async throws {
        let exporter = InMemorySpanExporter()
        var configuration = Telemetry.Configuration(serviceName: "test")
        configuration.spanExporters = [.custom(exporter)]
        configuration.setsGlobalBackend = false
        let telemetry = try Telemetry(configuration: configuration, environment: [:])
        let working: [any Service] = [LastWords(telemetry: telemetry), Failing()]
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: telemetry)]
                    + working.map {
                        .init(
                            service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .gracefullyShutdownGroup)
                    },
                logger: Logger(label: "group", factory: { _ in SwiftLogNoOpLogHandler() })))
        await #expect(throws: Failure.self) { try await group.run() }
        #expect(exporter.finishedSpans.map(\.name) == ["last words"])
        #expect(telemetry.lostSpans.isEmpty)
    }
}
#endif
