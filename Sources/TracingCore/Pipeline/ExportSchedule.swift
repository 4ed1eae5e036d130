/// The batch processor's queue and its schedule: a state machine without I/O.
///
/// It says when the exporting thread must wake, and what that thread has to do next.
package struct ExportSchedule<Element> {
    package struct Limits {
        package var count: Int
        package var bytes: Int
        package var batch: Int
        package var delay: Duration

        package init(count: Int, bytes: Int, batch: Int, delay: Duration) {
            self.count = count
            self.bytes = bytes
            self.batch = batch
            self.delay = delay
        }
    }

    package enum Offer: Equatable {
        /// Queued; nobody needs to wake.
        case queued
        /// Queued, and the exporting thread must look: a batch is full or heavy, or its delay starts now.
        case queuedWakeUp
        case lost(SpanLossReason)
    }

    package enum Action {
        case export([Element])
        /// Everything that was queued at the time of these flushes has been exported.
        case completeFlush(count: Int)
        case wait(until: ContinuousClock.Instant?)
        case finish
    }

    private let limits: Limits
    private var elements: [(element: Element, size: Int)?]
    private var head = 0
    package private(set) var count = 0
    package private(set) var bytes = 0
    private var oldest: ContinuousClock.Instant?
    /// For each flush, how many elements still stand before it, in order of the calls.
    private var flushes: [Int] = []
    private var isShuttingDown = false
    package private(set) var lost: [SpanLossReason: Int] = [:]

    package init(limits: Limits) {
        self.limits = limits
        self.elements = Array(repeating: nil, count: Swift.max(1, Swift.min(limits.count, 1024)))
    }

    package mutating func offer(_ element: Element, size: Int, now: @autoclosure () -> ContinuousClock.Instant) -> Offer
    {
        if let reason = refusal(size: size) {
            lost[reason, default: 0] += 1
            return .lost(reason)
        }
        if count == elements.count { grow() }
        elements[(head + count) % elements.count] = (element, size)
        let wasHeavy = isHeavy
        count += 1
        bytes += size
        if count == 1 { oldest = now() }
        return count == 1 || count == limits.batch || isHeavy != wasHeavy ? .queuedWakeUp : .queued
    }

    /// Half of the bytes are used: to wait for a full batch could cost elements.
    private var isHeavy: Bool { bytes >= limits.bytes / 2 }

    private func refusal(size: Int) -> SpanLossReason? {
        if isShuttingDown { return .alreadyShutdown }
        if count >= limits.count { return .queueFull }
        // One element larger than all that may be queued still goes alone: nothing is lost for its size only.
        if count > 0, bytes + size > limits.bytes { return .queueBytes }
        return nil
    }

    private mutating func grow() {
        var larger: [(element: Element, size: Int)?] = []
        larger.reserveCapacity(Swift.min(limits.count, elements.count * 2))
        for index in 0..<count { larger.append(elements[(head + index) % elements.count]) }
        while larger.count < Swift.min(limits.count, elements.count * 2) { larger.append(nil) }
        elements = larger
        head = 0
    }

    package mutating func requestFlush() { flushes.append(count) }

    package mutating func beginShutdown() { isShuttingDown = true }

    /// What the exporting thread does next.
    package mutating func next(now: ContinuousClock.Instant) -> Action {
        if let first = flushes.first, first == 0 {
            let done = flushes.prefix { $0 == 0 }.count
            flushes.removeFirst(done)
            return .completeFlush(count: done)
        }
        guard count > 0 else { return isShuttingDown ? .finish : .wait(until: nil) }
        let due = oldest.map { $0 + limits.delay } ?? now
        if count >= limits.batch || isHeavy || !flushes.isEmpty || isShuttingDown || due <= now {
            return .export(takeBatch(now: now))
        }
        return .wait(until: due)
    }

    private mutating func takeBatch(now: ContinuousClock.Instant) -> [Element] {
        let size = Swift.min(count, limits.batch)
        var batch: [Element] = []
        batch.reserveCapacity(size)
        for _ in 0..<size {
            // Taken out, not copied: a copy would cost references that another thread counts, too.
            let (element, bytes) = elements[head].take()!
            head = (head + 1) % elements.count
            self.bytes -= bytes
            batch.append(element)
        }
        count -= size
        oldest = count > 0 ? now : nil
        for index in flushes.indices { flushes[index] = Swift.max(0, flushes[index] - size) }
        return batch
    }

    package mutating func lose(_ count: Int, _ reason: SpanLossReason) {
        if count > 0 { lost[reason, default: 0] += count }
    }

    /// Drops all that is queued, because the time for shutting down is over.
    package mutating func abandon() -> Int {
        let abandoned = count
        while count > 0 { _ = takeBatch(now: .now) }
        lose(abandoned, .shutdownTimeout)
        return abandoned
    }
}
