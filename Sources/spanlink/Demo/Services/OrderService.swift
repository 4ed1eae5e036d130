import TracedKafka
import TracingCore

extension Demo {
    /// Handles requests, each in a trace of its own, and publishes an order for each.
    func orderService(_ kafka: DemoKafka) throws -> [any LifecycleComponent] {
        let backend = TracingBackend.core(telemetry.orders)
        let producer = try KafkaProducer(configuration: kafka.producer("order-service"), tracing: backend)
        let requests = Requests(count: options.requests, progress: progress) { number in
            try await backend.withSpan("POST /orders", kind: .server, parent: .root) { _ in
                let order = KafkaRecord(
                    topic: kafka.orders, key: "customer-\(number % 17)", value: #"{"order":\#(number)}"#)
                _ = try await producer.send(order)
            }
        }
        return [producer, requests]
    }
}

/// The requests that people make, as a part that ends when everything that follows from them is handled.
private struct Requests: LifecycleComponent {
    let count: Int
    let progress: DemoProgress
    let handle: @Sendable (_ number: Int) async throws -> Void

    func run() async throws {
        try await runUntilShutdown {
            progress.say("The consumer groups form (a few seconds)…")
            await progress.allConsumersAreReady()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count where !progress.isOver {
                    // As many at a time as a busy server has.
                    if number >= 64 { try await group.next() }
                    group.addTask { try await handle(number) }
                }
                try await group.waitForAll()
            }
            if !progress.isOver {
                progress.say("order-service: \(count) requests handled, an order published for each")
            }
            await progress.allIsHandled()
        }
    }

    func beginShutdown() { progress.end() }
    func shutdown(timeout: Duration) async { beginShutdown() }
}
