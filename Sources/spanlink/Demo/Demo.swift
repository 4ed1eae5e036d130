import TracingCore

/// One story in four services. Requests publish orders to Kafka; two consumer groups take them, one to audit each, one to
/// settle many at once. What is settled goes to RabbitMQ, where payouts take many at once again.
///
///     POST /orders ─ send orders ⇠ process orders ─ create settlements ⇠ process settlements
///                    order-service  settlement                           payout
///
/// Each ⇠ is a link: what consumes is the root of its own trace, and points at everything that it handles.
struct Demo {
    let options: DemoOptions
    let telemetry: DemoTelemetry
    let progress: DemoProgress

    init(_ options: DemoOptions) throws {
        self.options = options
        self.telemetry = try DemoTelemetry(options)
        self.progress = DemoProgress(options)
    }

    func run() async throws {
        let kafka = try DemoKafka()
        progress.say("Kafka: \(kafka.description)")
        try await kafka.prepare()
        let rabbitmq = try await DemoRabbitMQ.find(options)
        progress.say("RabbitMQ: \(rabbitmq.description)")
        if rabbitmq.broker != nil { progress.expectPayouts() }

        do {
            try await runServices(kafka, rabbitmq.broker)
        } catch {
            await end(rabbitmq.broker)
            throw error
        }
        await end(rabbitmq.broker)
        guard progress.isComplete else { throw DemoInterruption(progress: progress.text) }
        try DemoReport(self, rabbitmq).show()
    }

    /// Runs until the last order is audited, settled and paid out, or SIGINT or SIGTERM comes. They stop in reverse order:
    /// whoever sends before whoever receives.
    private func runServices(_ kafka: DemoKafka, _ rabbitmq: DemoRabbitMQ?) async throws {
        var parts: [any LifecycleComponent] = []
        if let rabbitmq { parts += try payoutService(rabbitmq) }
        parts += try await settlementService(kafka, rabbitmq)
        parts.append(try auditService(kafka))
        parts += try orderService(kafka)
        try await runUntilTerminated(parts)
    }

    private func end(_ rabbitmq: DemoRabbitMQ?) async {
        await rabbitmq?.remove()
        await telemetry.shutdown()
    }
}

/// A signal ended the demo early.
struct DemoInterruption: Error {
    /// How far it was.
    let progress: String
}
