import CLibrdkafka

/// What the librdkafka that is loaded does not do right yet.
enum LibraryVersion {
    /// 2.1.0 as `rd_kafka_version()` says it.
    private static let twoOne: Int32 = 0x0201_00ff

    /// A call for several messages that meets a pause, or a rebalance, drops those of the partition that it has gathered
    /// and whose offsets it has counted as read (fixed in 2.1.0).
    static let dropsGatheredMessages = rd_kafka_version() < twoOne

    /// What `rd_kafka_seek_partitions` is to be given to wait for so many milliseconds: before 2.1.0 it waits for
    /// microseconds.
    static func seekTimeout(_ milliseconds: Int32, version: Int32 = rd_kafka_version()) -> Int32 {
        guard version < twoOne else { return milliseconds }
        return Int32(clamping: Int64(milliseconds) * 1000)
    }
}
