/// What is read of librdkafka's statistics (its STATISTICS.md); the rest of the document is passed over.
struct KafkaStatistics: Decodable {
    struct Broker: Decodable {
        struct Window: Decodable {
            /// In microseconds.
            let avg: Double
        }
        let nodeid: Int
        let state: String
        let rtt: Window?
    }

    struct Topic: Decodable {
        let partitions: [String: Partition]
    }

    struct Partition: Decodable {
        let partition: Int
        /// How far the group's committed or last delivered offset is behind; -1 when it is not known.
        let consumer_lag: Double?
        /// Messages in the local fetch queue.
        let fetchq_cnt: Double?
    }

    /// Messages that wait in the producer's queues.
    let msg_cnt: Double?
    /// Their bytes.
    let msg_size: Double?
    /// Requests sent to brokers.
    let tx: Int64?
    /// Bytes sent to brokers.
    let tx_bytes: Int64?
    /// Bytes received from brokers.
    let rx_bytes: Int64?
    /// Messages produced.
    let txmsgs: Int64?
    /// Messages consumed.
    let rxmsgs: Int64?
    let brokers: [String: Broker]?
    let topics: [String: Topic]?
}
