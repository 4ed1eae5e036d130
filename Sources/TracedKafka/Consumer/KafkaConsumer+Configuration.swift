public import TracingCore

extension KafkaConsumer {
    /// How a consumer is set up: which brokers, and either topics of a group or partitions directly. The values of
    /// ``properties`` win over everything else.
    ///
    /// What differs from librdkafka's defaults: `enable.auto.offset.store=false`, so that only what was handled and stored
    /// is committed in the background; `auto.offset.reset=earliest`, since a new group that begins at the end loses what
    /// was sent before its first join; and prefetching that does not stall. librdkafka stops fetching a partition for a second once its local queue is
    /// full. Where it knows `fetch.queue.backoff.ms` (2.3) that is set to 5; before that `queued.min.messages` is raised to
    /// 10,000,000, so that `queued.max.messages.kbytes` (64 MiB a consumer unless set) alone bounds the memory.
    public struct Configuration: Sendable {
        /// Brokers to begin with, as `host:port`. The others are learned from them.
        public var bootstrapServers: [String]
        /// The consumer group. Nil is possible with ``assignments`` alone; then nothing is committed.
        public var group: String?
        /// The topics that the group's members share. A name that begins with `^` is a regular expression.
        public var topics: [String]
        /// Partitions read directly, without sharing them in a group.
        public var assignments: [KafkaPartitionOffset]
        /// What brokers call this client in their logs and quotas; nil is librdkafka's default (`rdkafka`).
        public var clientID: String?
        /// Any of librdkafka's properties by name (its CONFIGURATION.md), checked at start with the library's own message.
        public var properties: [String: String]
        /// Where librdkafka's log entries and errors go: standard error, from warnings on, unless said. `nil` drops them.
        public var logSink: (any LogSink)?
        /// How often librdkafka reports its statistics, as metrics (`spanlink.kafka.*`) and to ``onStatistics``; nil is never.
        public var statisticsInterval: Duration?
        /// Takes librdkafka's statistics, a JSON document (its STATISTICS.md), on the thread that serves all Kafka
        /// clients: copy and return. The bytes are valid during the call.
        public var onStatistics: (@Sendable (UnsafeRawBufferPointer) -> Void)?
        /// Told about each change of the group's assignment, within the pull that meets it: after partitions were
        /// assigned, and before they are revoked, so that it can still commit. All batches handed out before have been
        /// asked to be followed by then; no new one is handed out until it returns. The shutdown tells it of what was
        /// assigned until then.
        public var onRebalance: (@Sendable (KafkaRebalance) async -> Void)?
        /// Asked where to begin in partitions that the group has assigned, before they are read: for offsets that are kept
        /// elsewhere than in Kafka. Those that it leaves out begin where the group committed.
        public var startOffsets: (@Sendable ([KafkaPartition]) async -> [KafkaPartitionOffset])?

        /// Topics shared by the members of a group.
        public init(
            bootstrapServers: [String], group: String, topics: [String], clientID: String? = nil,
            properties: [String: String] = [:], logSink: (any LogSink)? = StandardErrorLogSink()
        ) {
            self.bootstrapServers = bootstrapServers
            self.group = group
            self.topics = topics
            self.assignments = []
            self.clientID = clientID
            self.properties = properties
            self.logSink = logSink
        }

        /// Partitions read directly. With a group, offsets can be committed to it and ``KafkaOffset/stored`` resumes there.
        public init(
            bootstrapServers: [String], group: String? = nil, assignments: [KafkaPartitionOffset],
            clientID: String? = nil, properties: [String: String] = [:],
            logSink: (any LogSink)? = StandardErrorLogSink()
        ) {
            self.bootstrapServers = bootstrapServers
            self.group = group
            self.topics = []
            self.assignments = assignments
            self.clientID = clientID
            self.properties = properties
            self.logSink = logSink
        }
    }
}

extension KafkaConsumer.Configuration {
    func check() throws {
        switch (topics.isEmpty, assignments.isEmpty) {
        case (true, true):
            throw KafkaError(.invalidConfiguration, "Nothing to consume. Give topics and a group, or assignments")
        case (false, false):
            throw KafkaError(.invalidConfiguration, "Both topics and assignments are given. Give one of them")
        default: break
        }
        if groupName?.isEmpty ?? true {
            if !topics.isEmpty {
                throw KafkaError(.invalidConfiguration, "Topics need a group. Give its name, or use assignments")
            }
            if assignments.contains(where: { $0.offset == .stored }) {
                throw KafkaError(
                    .invalidConfiguration,
                    "An assignment begins at the stored offset, which is a group's. Name the group")
            }
        }
        for assignment in assignments {
            if assignment.partition.partition < 0 || assignment.partition.topic.isEmpty {
                throw KafkaError(
                    .invalidConfiguration, "\(assignment.partition) is no partition. Give a topic and a number from 0")
            }
            if case .offset(let offset) = assignment.offset, offset < 0 {
                throw KafkaError(
                    .invalidConfiguration, "\(assignment) has a negative offset. Give 0 or more, or .beginning")
            }
        }
    }

    /// The group, wherever it was named.
    var groupName: String? { properties["group.id"] ?? group }

    /// The brokers to begin with, wherever they were named.
    var servers: [String] { common.servers }

    private var common: CommonConfiguration {
        CommonConfiguration(
            bootstrapServers: bootstrapServers, clientID: clientID, properties: properties,
            statisticsInterval: statisticsInterval)
    }

    func builder() throws -> ConfigurationBuilder {
        try check()
        let isGrouped = groupName != nil
        // librdkafka asks for a group even where none is joined and nothing is committed.
        let builder = try common.builder(defaults: [
            ("group.id", group ?? "spanlink-no-group"),
            ("enable.auto.commit", isGrouped ? "true" : "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "earliest"),
        ])
        try builder.refuse(
            "enable.auto.offset.store", { $0 == "true" },
            "Remove it: offsets are stored once their messages are handled, by store, commit or run")
        let own = ["fetch.queue.backoff.ms", "queued.min.messages"]
        if own.allSatisfy({ properties[$0] == nil }), !builder.setIfKnown("fetch.queue.backoff.ms", "5") {
            try builder.set("queued.min.messages", "10000000")
        }
        return builder
    }
}
