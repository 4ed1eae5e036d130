public import TracingCore

extension KafkaProducer {
    /// How a producer is set up. The values of ``properties`` win over everything else.
    public struct Configuration: Sendable {
        /// Brokers to begin with, as `host:port`. The others are learned from them.
        public var bootstrapServers: [String]
        /// What brokers call this client in their logs and quotas; nil is librdkafka's default (`rdkafka`).
        public var clientID: String?
        /// Any of librdkafka's properties by name (its CONFIGURATION.md), checked at start with the library's own message.
        ///
        /// Nothing is set for a producer unless it stands here: librdkafka's defaults apply, such as `acks=all`,
        /// `linger.ms=5`, `queue.buffering.max.messages=100000` and `message.timeout.ms=300000`. `enable.idempotence` is yours
        /// to set.
        public var properties: [String: String]
        /// Where librdkafka's log entries and errors go: standard error, from warnings on, unless said. `nil` drops them.
        public var logSink: (any LogSink)?
        /// How often librdkafka reports its statistics, as metrics (`spanlink.kafka.*`) and to ``onStatistics``; nil is never.
        public var statisticsInterval: Duration?
        /// Takes librdkafka's statistics, a JSON document (its STATISTICS.md), on the thread that serves all Kafka
        /// clients: copy and return. The bytes are valid during the call.
        public var onStatistics: (@Sendable (UnsafeRawBufferPointer) -> Void)?

        /// A configuration for these brokers.
        public init(
            bootstrapServers: [String], clientID: String? = nil, properties: [String: String] = [:],
            logSink: (any LogSink)? = StandardErrorLogSink()
        ) {
            self.bootstrapServers = bootstrapServers
            self.clientID = clientID
            self.properties = properties
            self.logSink = logSink
        }
    }
}
