import Synchronization
import TraceReport
import TracedKafka
import TracingCore
import TracingTestKit

/// An order service, and two consumer groups of its orders: one settles in batches, one audits one by one.
struct Demo {
    private let options: DemoOptions
    private let telemetry: DemoTelemetry

    init(_ options: DemoOptions) {
        self.options = options
        self.telemetry = DemoTelemetry(options)
    }

    func run() async throws {
        let broker = try DemoBroker()
        say("Broker: \(broker.description)")
        try await broker.prepare()
        let settlementIsReady = AsyncOutcome<Void>()
        let auditIsReady = AsyncOutcome<Void>()
        async let settled: Void = settle(broker, settlementIsReady)
        async let audited: Void = audit(broker, auditIsReady)
        say("The consumer groups form (a few seconds)…")
        for ready in [settlementIsReady, auditIsReady] { _ = await ready.value(by: .now + .seconds(30)) }
        try await handleRequests(broker)
        try await settled
        try await audited
        await telemetry.shutdown()
        report()
    }

    // MARK: - The services

    /// Handles requests, each in a trace of its own, and publishes an order for each.
    private func handleRequests(_ broker: DemoBroker) async throws {
        let backend = TracingBackend.core(telemetry.orders)
        let producer = try KafkaProducer(configuration: broker.producer("order-service"), tracing: backend)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<options.requests {
                if number >= 64 { try await group.next() }
                group.addTask {
                    try await backend.withSpan("POST /orders", kind: .server, parent: .root) { _ in
                        let order = KafkaRecord(
                            topic: broker.orders, key: "customer-\(number % 17)", value: #"{"order":\#(number)}"#)
                        _ = try await producer.send(order)
                    }
                }
            }
            try await group.waitForAll()
        }
        say("order-service: \(options.requests) requests handled, an order published for each")
        await producer.shutdown()
    }

    /// Takes orders in batches: one span for each batch, linked to all its requests, and one settlement.
    private func settle(_ broker: DemoBroker, _ ready: AsyncOutcome<Void>) async throws {
        let backend = TracingBackend.core(telemetry.settlement)
        let consumer = try KafkaConsumer(configuration: broker.consumer("settlement", ready: ready), tracing: backend)
        let producer = try KafkaProducer(configuration: broker.producer("settlement"), tracing: backend)
        var settled = 0
        try await consumer.runBatches(maxCount: options.batch, maxWait: .seconds(3)) { batch in
            _ = try await producer.send(
                KafkaRecord(topic: broker.settlements, value: #"{"orders":\#(batch.count)}"#))
            settled += batch.count
            say("settlement: \(batch.count) orders in one span (\(settled) of \(options.requests))")
            if settled >= options.requests { consumer.beginShutdown() }
        }
        await producer.shutdown()
        await consumer.shutdown()
    }

    /// Takes the same orders one by one: a span each.
    private func audit(_ broker: DemoBroker, _ ready: AsyncOutcome<Void>) async throws {
        let consumer = try KafkaConsumer(
            configuration: broker.consumer("audit", ready: ready), tracing: .core(telemetry.audit))
        var audited = 0
        try await consumer.run { _ in
            audited += 1
            if audited >= options.requests { consumer.beginShutdown() }
        }
        say("audit: \(audited) orders, one span each")
        await consumer.shutdown()
    }

    // MARK: - What is seen

    private func report() {
        let index = SpanIndex(telemetry.exported.finishedSpans)
        let summary = DemoSummary(requests: options.requests, index: index, droppedSpans: telemetry.droppedSpans)
        if options.isJSON {
            print(summary.json)
            return
        }
        let report = TerminalReport(index, isColored: Console.isTerminal)
        print("\nHow the messages fanned in\n")
        print(report.fanIns())
        if let request = index.spans.last(where: { $0.kind == .server }) {
            print("\nOne request, walked forward through the links\n")
            print(report.walk(from: request))
        }
        print("\n\(summary.text)")
    }

    private func say(_ text: String) {
        if !options.isJSON { print(text) }
    }
}
