import Testing
import TracingCore

@Suite struct SpanQueueTests {
    private let start = ContinuousClock.now
    private let delay = Duration.seconds(5)

    private func queue(count: Int = 8, bytes: Int = 1_000, batch: Int = 3) -> ExportSchedule<Int> {
        ExportSchedule(limits: .init(count: count, bytes: bytes, batch: batch, delay: delay))
    }

    /// What `next` says, as text.
    private func next(_ queue: inout ExportSchedule<Int>, after time: Duration = .zero) -> String {
        switch queue.next(now: start + time) {
        case .export(let elements): "export \(elements)"
        case .completeFlush(let count): "flush \(count)"
        case .wait(nil): "wait"
        case .wait(let until?): "wait \(start.duration(to: until))"
        case .finish: "finish"
        }
    }

    @Test func itWakesTheThreadForTheFirstElementAndForAFullBatch() {
        var queue = queue()
        let offers = (0..<5).map { queue.offer($0, size: 1, now: start) }
        #expect(offers == [.queuedWakeUp, .queued, .queuedWakeUp, .queued, .queued])
    }

    @Test func itWaitsForTheDelayOfTheFirst() {
        var queue = queue()
        #expect(next(&queue) == "wait")
        _ = queue.offer(1, size: 1, now: start)
        _ = queue.offer(2, size: 1, now: start + .seconds(3))
        #expect(next(&queue, after: .seconds(4)) == "wait \(delay)")
        #expect(next(&queue, after: .seconds(5)) == "export [1, 2]")
        #expect(next(&queue, after: .seconds(5)) == "wait")
        #expect(queue.count == 0 && queue.bytes == 0)
    }

    @Test func itExportsFullBatchesAtOnceAndTheRestLater() {
        var queue = queue()
        for element in 0..<7 { _ = queue.offer(element, size: 1, now: start) }
        #expect(next(&queue) == "export [0, 1, 2]")
        #expect(next(&queue) == "export [3, 4, 5]")
        #expect(next(&queue) == "wait \(delay)")
        #expect(next(&queue, after: delay) == "export [6]")
    }

    @Test func itRefusesWhatIsOverTheCount() {
        var queue = queue(count: 4, batch: 4)
        let offers = (0..<6).map { queue.offer($0, size: 1, now: start) }
        #expect(offers.suffix(2) == [.lost(.queueFull), .lost(.queueFull)])
        #expect(queue.lost == [.queueFull: 2])
        #expect(next(&queue) == "export [0, 1, 2, 3]")
        #expect(queue.offer(6, size: 1, now: start) == .queuedWakeUp)
    }

    @Test func itRefusesWhatIsOverTheBytes() {
        var queue = queue(bytes: 100)
        #expect(queue.offer(0, size: 40, now: start) == .queuedWakeUp)
        #expect(queue.offer(1, size: 61, now: start) == .lost(.queueBytes))
        #expect(queue.offer(2, size: 60, now: start) == .queuedWakeUp)
        #expect(queue.lost == [.queueBytes: 1] && queue.bytes == 100)
    }

    @Test func halfOfTheBytesIsABatch() {
        var queue = queue(bytes: 100)
        _ = queue.offer(0, size: 30, now: start)
        #expect(next(&queue) == "wait \(delay)")
        #expect(queue.offer(1, size: 20, now: start) == .queuedWakeUp)
        #expect(next(&queue) == "export [0, 1]")
    }

    @Test func anElementLargerThanAllGoesAlone() {
        var queue = queue(bytes: 100)
        #expect(queue.offer(0, size: 500, now: start) == .queuedWakeUp)
        #expect(queue.offer(1, size: 1, now: start) == .lost(.queueBytes))
        #expect(next(&queue) == "export [0]")
    }

    @Test func aFlushIsCompleteWhenAllBeforeItIsExported() {
        var queue = queue()
        for element in 0..<4 { _ = queue.offer(element, size: 1, now: start) }
        queue.requestFlush()
        _ = queue.offer(4, size: 1, now: start)
        queue.requestFlush()
        _ = queue.offer(5, size: 1, now: start)
        #expect(next(&queue) == "export [0, 1, 2]")
        queue.requestFlush()
        #expect(next(&queue) == "export [3, 4, 5]")
        #expect(next(&queue) == "flush 3")
        #expect(next(&queue) == "wait")
        queue.requestFlush()
        queue.requestFlush()
        #expect(next(&queue) == "flush 2")
    }

    @Test func laterElementsWaitAgainAfterAFlush() {
        var queue = queue(batch: 1)
        _ = queue.offer(0, size: 1, now: start)
        queue.requestFlush()
        _ = queue.offer(1, size: 1, now: start)
        #expect(next(&queue) == "export [0]")
        #expect(next(&queue) == "flush 1")
        #expect(next(&queue) == "export [1]")
    }

    @Test func shutdownExportsAllAndTakesNothing() {
        var queue = queue()
        for element in 0..<4 { _ = queue.offer(element, size: 1, now: start) }
        queue.beginShutdown()
        #expect(queue.offer(4, size: 1, now: start) == .lost(.alreadyShutdown))
        #expect(next(&queue) == "export [0, 1, 2]")
        #expect(next(&queue) == "export [3]")
        queue.requestFlush()
        #expect(next(&queue) == "flush 1")
        #expect(next(&queue) == "finish")
        #expect(queue.lost == [.alreadyShutdown: 1])
    }

    @Test func abandoningCountsWhatWasQueued() {
        var queue = queue()
        for element in 0..<5 { _ = queue.offer(element, size: 10, now: start) }
        queue.requestFlush()
        queue.beginShutdown()
        #expect(queue.abandon() == 5)
        #expect(queue.abandon() == 0)
        #expect(queue.lost == [.shutdownTimeout: 5] && queue.count == 0 && queue.bytes == 0)
        #expect(next(&queue) == "flush 1")
        #expect(next(&queue) == "finish")
        queue.lose(2, .exportFailed)
        queue.lose(0, .queueFull)
        #expect(queue.lost == [.shutdownTimeout: 5, .exportFailed: 2])
    }

    /// The ring starts small and grows while it is wrapped around.
    @Test func orderHoldsWhileTheRingGrowsAndWraps() {
        var queue = ExportSchedule<Int>(limits: .init(count: 5_000, bytes: .max, batch: 700, delay: delay))
        var (offered, taken) = (0, 0)
        for round in 1...12 {
            for _ in 0..<(round * 130) {
                #expect(queue.offer(offered, size: 1, now: start) != .lost(.queueFull))
                offered += 1
            }
            guard case .export(let batch) = queue.next(now: start + delay) else { continue }
            #expect(batch.elementsEqual(taken..<(taken + batch.count)))
            taken += batch.count
        }
        queue.beginShutdown()
        while case .export(let batch) = queue.next(now: start) {
            #expect(batch.elementsEqual(taken..<(taken + batch.count)))
            taken += batch.count
        }
        #expect(taken == offered && queue.count == 0 && queue.bytes == 0)
    }
}
