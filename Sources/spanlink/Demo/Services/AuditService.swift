import TracedKafka
import TracingCore

extension Demo {
    /// Takes the same orders as the settlement, one by one: a span each, with one link.
    func auditService(_ kafka: DemoKafka) throws -> KafkaMessageService {
        let consumer = try KafkaConsumer(
            configuration: kafka.consumer("audit", onAssignment: { [progress] in progress.isReady(.audit) }),
            tracing: .core(telemetry.audit))
        return KafkaMessageService(consumer) { [options, progress] _ in
            progress.handled(1, by: .audit) { total in
                total == options.requests ? "audit: \(total) orders, one span each" : nil
            }
        }
    }
}
