/// Ended spans that wait for the export thread, within a bound of bytes and of count.
///
/// Any thread offers spans. Taking and recycling are for the export thread.
protocol SpanBuffer: Sendable {
    /// Spans of one export. Belongs to the export thread until it is recycled.
    associatedtype Batch

    /// The number of spans that were accepted and not taken yet.
    var count: Int { get }
    /// Half of the bytes are used: waiting for a full batch could cost spans.
    var isHeavy: Bool { get }

    /// The export thread is about to sleep until a time, or for ever. While it has an alarm the first span need not wake it.
    /// To be called before ``count`` is read a last time.
    func setAlarm(_ isSet: Bool)

    /// Gathers all spans that were accepted before the call, in front of all later ones.
    ///
    /// - Returns: the number of spans that were gathered and not taken yet.
    func collect() -> Int

    /// Takes at most `limit` spans.
    func take(_ limit: Int) -> Batch

    /// The number of spans of a batch.
    func count(of batch: borrowing Batch) -> Int

    /// Exports a batch by `exporter`.
    ///
    /// - Returns: the number of lost spans.
    func export(_ batch: borrowing Batch, by deadline: ContinuousClock.Instant) -> Int

    /// Gives the memory of an exported batch back.
    func recycle(_ batch: consuming Batch)

    /// Refuses all further spans with ``SpanLossReason/alreadyShutdown``. Accepted ones can still be taken.
    func close()

    /// Drops all spans that were accepted and not taken. The export thread may be in the middle of an export.
    ///
    /// - Returns: the number of dropped spans.
    func abandon() -> Int
}

/// The answer to an offered span.
package enum SpanOffer: Equatable, Sendable {
    /// Accepted; the export thread need not wake.
    case accepted
    /// Accepted, and the export thread must look: a batch is full or heavy, or its delay starts now.
    case acceptedWakeUp
    case lost(SpanLossReason)
}

/// The bounds of a buffer.
struct SpanBufferLimits: Sendable {
    /// The largest number of waiting spans.
    var count: Int
    /// The largest number of bytes of waiting spans.
    var bytes: Int
    /// The number of spans that make the export thread wake.
    var batch: Int
}
