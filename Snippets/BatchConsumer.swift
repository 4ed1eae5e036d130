import SpanlinkTelemetry
import TracedKafka
import TracingCore

let telemetry = try Telemetry(service: "settlement")
let consumer = try KafkaConsumer(
    configuration: .init(bootstrapServers: ["localhost:9092"], group: "settlement", topics: ["orders"]))
let settle = KafkaBatchService(consumer, maxCount: 500, maxWait: .seconds(1)) { batch in
    print("settling \(batch.count) orders, first: \(batch[0].valueString ?? "")")
}
try await runUntilTerminated(telemetry, settle)
