import CLibrdkafka
import MessagingTracing
import TracingCore

/// What reaches a producer from librdkafka: delivery reports, and with them room for waiting senders.
final class ProducerEvents: KafkaEventReceiver {
    let room = SendRoomQueue()
    let topics: TopicCache
    let cluster = ClusterID()
    private let logSink: (any LogSink)?

    init(logSink: (any LogSink)?) {
        // The client gets its name from librdkafka, which asks for the receiver of its events first.
        self.topics = TopicCache(instrumentation: MessagingInstrumentation(system: .kafka, library: "spanlink.kafka"))
        self.logSink = logSink
    }

    /// Spans name the cluster once librdkafka knows it.
    func learnCluster(from client: OpaquePointer) {
        cluster.learn(from: client) { topics.use(topics.instrumentation.saying($0)) }
    }

    func deliveryReports(_ event: OpaquePointer, of client: KafkaHandle) {
        learnCluster(from: client.raw)
        let cluster = cluster.attribute
        var lost = 0
        var reason: KafkaError?
        while let message = rd_kafka_event_message_next(event) {
            guard let opaque = message.pointee._private else {
                // Enqueued, and nothing is recorded: a failure is all there is to say.
                if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR,
                    case .failed(let error) = Delivery.Outcome(report: message, of: client)
                {
                    lost += 1
                    reason = reason ?? error
                }
                continue
            }
            let delivery = Unmanaged<Delivery>.fromOpaque(opaque).takeRetainedValue()
            let outcome = Delivery.Outcome(report: message, of: client)
            if case .failed(let error) = outcome, case .nobody = delivery.target {
                lost += 1
                reason = reason ?? error
            }
            delivery.complete(outcome, cluster: cluster)
        }
        // One line a report, however many messages it is about.
        if let reason, let logSink, logSink.level <= .error {
            logSink.log(
                .error, "\(lost) enqueued messages were not delivered; first: \(reason.message)",
                metadata: [("error.type", reason.errorType)])
        }
    }

    func roomWillBeMade() { room.willBeMade() }
    func roomMade(_ count: Int) { room.made(count) }
    // Whoever waits for a report that can no longer come finds out by trying.
    func drained() { room.passOn() }
    func offsetsCommitted(_ event: OpaquePointer, of client: KafkaHandle) {}

    func willDestroy() {
        room.close()
        topics.removeAll()
    }
}
