import SpanlinkTelemetry
import TracedKafka

let telemetry = try Telemetry(service: "orders")
let producer = try KafkaProducer(configuration: .init(bootstrapServers: ["localhost:9092"]))
try await telemetry.withSpan("POST /orders", kind: .server) { _ in
    let receipt = try await producer.send(KafkaRecord(topic: "orders", key: "42", value: #"{"amount": 7}"#))
    print("order at offset \(receipt.offset ?? -1) of partition \(receipt.partition)")
}
await producer.shutdown()
await telemetry.shutdown()
