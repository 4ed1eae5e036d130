import SpanlinkRuntime

/// Decides when a batch is cut: the rules of a pull, without clock or I/O.
///
/// Waits for the first message without limit, or as long as ``FirstWait`` allows the whole pull; then for more until
/// `maxWait` has passed since the first one came, and cuts at `maxCount`. Never asks for more than the batch takes.
struct BatchCutter {
    /// How long to wait for the first message.
    enum FirstWait: Sendable, Equatable {
        case unlimited
        /// The whole pull ends then, with or without messages.
        case atMost(Duration)
    }

    enum Action: Equatable {
        /// Take up to this many from the queue.
        case pull(Int)
        /// The queue is empty: wait until it is not, or until this time.
        case wait(until: MonotonicTime)
        /// The batch is complete, or its time is over.
        case deliver
    }

    private let maxCount: Int
    private let maxWait: Duration
    private let firstWait: FirstWait
    private(set) var count = 0
    /// The end of the whole pull, once the clock was looked at.
    private var limit: MonotonicTime?
    /// The end of the wait for more, once there is a first message.
    private var deadline: MonotonicTime?
    private var isDrained = false
    private var isCut = false

    init(maxCount: Int, maxWait: Duration, firstWait: FirstWait) {
        self.maxCount = maxCount
        self.maxWait = maxWait
        self.firstWait = firstWait
    }

    /// `taken` messages came; the queue had fewer than were asked for when `drained`.
    mutating func pulled(_ taken: Int, drained: Bool) {
        count += taken
        isDrained = drained
    }

    /// The queue may have messages again.
    mutating func woken() { isDrained = false }

    /// No more for this batch, whatever the time.
    mutating func cut() { isCut = true }

    /// What to do. Asks for the time only when it matters: a full batch never looks at the clock.
    mutating func next(now: () -> MonotonicTime) -> Action {
        if isCut || count >= maxCount { return .deliver }
        if !isDrained { return .pull(maxCount - count) }
        if count > 0, maxWait <= .zero { return .deliver }
        let time = now()
        if limit == nil {
            limit = if case .atMost(let most) = firstWait { time.advanced(by: most) } else { .never }
        }
        if count > 0, deadline == nil { deadline = time.advanced(by: maxWait) }
        let until = min(limit ?? .never, deadline ?? .never)
        return time >= until ? .deliver : .wait(until: until)
    }
}
