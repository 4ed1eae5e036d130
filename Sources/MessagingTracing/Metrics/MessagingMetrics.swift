internal import TracingCore

/// The instruments of the messaging conventions (`semconv`, "messaging metrics").
struct MessagingMetrics: Sendable {
    let operationDuration: MetricHistogram
    let processDuration: MetricHistogram
    let sentMessages: MetricCounter
    let consumedMessages: MetricCounter
    let timeInQueue: MetricHistogram

    /// The boundaries that the conventions advise for durations, in seconds.
    static let durationBoundaries: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]
    /// Messages wait for longer than operations last: up to a day.
    static let timeInQueueBoundaries = durationBoundaries + [30, 60, 300, 900, 3_600, 21_600, 86_400]

    init(provider: MeterProvider, scope: InstrumentationScope) {
        self.operationDuration = provider.histogram(
            name: "messaging.client.operation.duration", unit: "s",
            description: "Duration of messaging operation initiated by a producer or consumer client.",
            scope: scope, boundaries: Self.durationBoundaries)
        self.processDuration = provider.histogram(
            name: "messaging.process.duration", unit: "s", description: "Duration of processing operation.",
            scope: scope, boundaries: Self.durationBoundaries)
        self.sentMessages = provider.counter(
            name: "messaging.client.sent.messages", unit: "{message}",
            description: "Number of messages producer attempted to send to the broker.", scope: scope)
        self.consumedMessages = provider.counter(
            name: "messaging.client.consumed.messages", unit: "{message}",
            description: "Number of messages that were delivered to the application.", scope: scope)
        self.timeInQueue = provider.histogram(
            name: MessagingAttribute.timeInQueue, unit: "s",
            description: "Time between the timestamp of a message and its delivery to the application.",
            scope: scope, boundaries: Self.timeInQueueBoundaries)
    }

    func duration(of operation: MessagingOperation) -> MetricHistogram {
        operation == .process ? processDuration : operationDuration
    }

    /// The counter of the operation's messages. Settling counts none, and a created message counts when it is sent.
    func messages(of operation: MessagingOperation) -> MetricCounter? {
        switch operation {
        case .send: sentMessages
        case .receive, .process: consumedMessages
        case .create, .settle: nil
        }
    }
}
