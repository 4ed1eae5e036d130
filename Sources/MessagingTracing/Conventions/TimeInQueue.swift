internal import TracingCore

/// How long a message waited between its timestamp and its consumer.
///
/// Two clocks are compared. A message from the future says that they differ, not that it waited less than nothing: zero.
enum TimeInQueue {
    static func nanoseconds(from timestamp: Timestamp, to now: Timestamp) -> Int64 {
        guard timestamp < now else { return 0 }
        return Int64(clamping: now.nanosecondsSinceEpoch - timestamp.nanosecondsSinceEpoch)
    }
}
