import CLibrdkafka

/// Kafka's protocol name of a librdkafka error code: what telemetry calls the error.
///
/// librdkafka's names (`rd_kafka_err2name`) are older than some of the protocol's. Its own, local codes keep the
/// leading underscore (`_MSG_TIMED_OUT`): Kafka has no name for them. A code that the library does not know is its number.
func kafkaErrorName(_ code: rd_kafka_resp_err_t) -> String {
    let name = String(cString: rd_kafka_err2name(code))
    if name.hasPrefix("ERR_") { return String(code.rawValue) }
    return protocolNames[name] ?? name
}

/// Where librdkafka's name differs from the one in Kafka's protocol (org.apache.kafka.common.protocol.Errors).
private let protocolNames: [String: String] = [
    "UNKNOWN": "UNKNOWN_SERVER_ERROR",
    "NO_ERROR": "NONE",
    "SUCCESS": "NONE",
    "INVALID_MSG": "CORRUPT_MESSAGE",
    "UNKNOWN_TOPIC_OR_PART": "UNKNOWN_TOPIC_OR_PARTITION",
    "INVALID_MSG_SIZE": "INVALID_FETCH_SIZE",
    "NOT_LEADER_FOR_PARTITION": "NOT_LEADER_OR_FOLLOWER",
    "MSG_SIZE_TOO_LARGE": "MESSAGE_TOO_LARGE",
    "STALE_CTRL_EPOCH": "STALE_CONTROLLER_EPOCH",
    "TOPIC_EXCEPTION": "INVALID_TOPIC_EXCEPTION",
]
