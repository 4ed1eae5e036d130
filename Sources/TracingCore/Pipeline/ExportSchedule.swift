/// Decides what the export thread of a batch processor does next: a state machine without I/O, clock or spans.
///
/// A flush is complete when all spans that were accepted before it are exported. Buffers order spans by thread, so a flush
/// first gathers them; the machine then counts down.
package struct ExportSchedule {
    package enum Action: Equatable {
        /// Gather the accepted spans, then call ``ExportSchedule/didCollect(_:)``.
        case collect
        /// Take up to a batch, call ``ExportSchedule/didTake(_:now:)``, and export it.
        case export
        /// The oldest flushes are complete.
        case completeFlush(count: Int)
        case wait(until: ContinuousClock.Instant?)
        case finish
    }

    private let batch: Int
    private let delay: Duration
    /// The time from which spans wait: that of the first in an empty queue, or of the last export.
    private var oldest: ContinuousClock.Instant?
    /// For each flush the number of gathered spans before it, `nil` before they are gathered.
    private var flushes: [Int?] = []
    private var isShuttingDown = false

    package init(batch: Int, delay: Duration) {
        self.batch = batch
        self.delay = delay
    }

    package mutating func requestFlush() { flushes.append(nil) }

    package mutating func beginShutdown() { isShuttingDown = true }

    /// The next step, with `waiting` spans that are accepted and not taken.
    package mutating func next(waiting: Int, isHeavy: Bool, now: ContinuousClock.Instant) -> Action {
        if flushes.contains(nil) { return .collect }
        if flushes.first == .some(0) {
            let done = flushes.prefix { $0 == 0 }.count
            flushes.removeFirst(done)
            return .completeFlush(count: done)
        }
        guard waiting > 0 else {
            if isShuttingDown { return .finish }
            // After an export the clock is watched for one more delay: busy threads need not wake this one.
            if let oldest, oldest + delay > now { return .wait(until: oldest + delay) }
            oldest = nil
            return .wait(until: nil)
        }
        let due = (oldest ?? now) + delay
        oldest = oldest ?? now
        if waiting >= batch || isHeavy || !flushes.isEmpty || isShuttingDown || due <= now { return .export }
        return .wait(until: due)
    }

    /// All spans accepted before the flushes are among `gathered` ones.
    package mutating func didCollect(_ gathered: Int) {
        for index in flushes.indices where flushes[index] == nil { flushes[index] = gathered }
    }

    /// A batch of `count` spans was taken.
    package mutating func didTake(_ count: Int, now: ContinuousClock.Instant) {
        oldest = now
        for index in flushes.indices {
            // A batch without spans means that there are none left: they were dropped.
            flushes[index] = flushes[index].map { count == 0 ? 0 : max(0, $0 - count) }
        }
    }
}
