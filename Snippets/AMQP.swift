import SpanlinkTelemetry
import TracedAMQP

let telemetry = try Telemetry(service: "payout")
let amqp = try AMQPConnection(url: "amqp://guest:guest@localhost")
try await amqp.withChannel { channel in
    try await channel.declareQueue("settlements", durable: true)
    try await channel.publish(AMQPMessage(body: #"{"amount": 7}"#, messageID: "s-1"), routingKey: "settlements")
    try await channel.runBatches(queue: "settlements", maxCount: 500, maxWait: .seconds(1)) { batch in
        print("paying out \(batch.count) settlements, first: \(batch[0].bodyString)")
    }
}
