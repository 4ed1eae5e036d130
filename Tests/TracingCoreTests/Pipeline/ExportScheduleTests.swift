import Testing
import TracingCore

/// Scripts of events with simulated time. `waiting` is the number of accepted spans.
@Suite struct ExportScheduleTests {
    private let start = ContinuousClock.now
    private let delay = Duration.seconds(5)

    private func schedule(batch: Int = 3) -> ExportSchedule { ExportSchedule(batch: batch, delay: delay) }

    /// The next action as text.
    private func next(
        _ schedule: inout ExportSchedule, waiting: Int, isHeavy: Bool = false, after time: Duration = .zero
    ) -> String {
        switch schedule.next(waiting: waiting, isHeavy: isHeavy, now: start + time) {
        case .collect: "collect"
        case .export: "export"
        case .completeFlush(let count): "flush \(count)"
        case .wait(nil): "wait"
        case .wait(let until?): "wait \(start.duration(to: until))"
        case .finish: "finish"
        }
    }

    @Test func emptyQueueWaitsForEver() {
        var schedule = schedule()
        #expect(next(&schedule, waiting: 0) == "wait")
    }

    @Test func firstSpanStartsDelay() {
        var schedule = schedule()
        #expect(next(&schedule, waiting: 1) == "wait \(delay)")
        #expect(next(&schedule, waiting: 2, after: .seconds(4)) == "wait \(delay)")
        #expect(next(&schedule, waiting: 2, after: .seconds(5)) == "export")
        schedule.didTake(2, now: start + .seconds(5))
        #expect(next(&schedule, waiting: 0, after: .seconds(5)) == "wait \(Duration.seconds(10))")
        #expect(next(&schedule, waiting: 0, after: .seconds(10)) == "wait")
    }

    @Test func delayStartsAnewAfterEmptyQueue() {
        var schedule = schedule()
        #expect(next(&schedule, waiting: 1) == "wait \(delay)")
        #expect(next(&schedule, waiting: 0, after: .seconds(5)) == "wait")
        #expect(next(&schedule, waiting: 1, after: .seconds(6)) == "wait \(Duration.seconds(11))")
    }

    @Test func spanAfterExportWaitsForOneDelayFromTheExport() {
        var schedule = schedule()
        #expect(next(&schedule, waiting: 3) == "export")
        schedule.didTake(3, now: start)
        #expect(next(&schedule, waiting: 0) == "wait \(delay)")
        #expect(next(&schedule, waiting: 1, after: .seconds(5)) == "export")
    }

    @Test func fullBatchesAreExportedAtOnce() {
        var schedule = schedule()
        #expect(next(&schedule, waiting: 7) == "export")
        schedule.didTake(3, now: start)
        #expect(next(&schedule, waiting: 4) == "export")
        schedule.didTake(3, now: start)
        #expect(next(&schedule, waiting: 1) == "wait \(delay)")
        #expect(next(&schedule, waiting: 1, after: delay) == "export")
    }

    @Test func heavyQueueIsExportedAtOnce() {
        var schedule = schedule()
        #expect(next(&schedule, waiting: 1, isHeavy: true) == "export")
    }

    @Test func flushGathersThenExportsEarlierSpans() {
        var schedule = schedule()
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 4) == "collect")
        schedule.didCollect(4)
        #expect(next(&schedule, waiting: 5) == "export")
        schedule.didTake(3, now: start)
        #expect(next(&schedule, waiting: 2) == "export")
        schedule.didTake(2, now: start)
        #expect(next(&schedule, waiting: 0) == "flush 1")
        #expect(next(&schedule, waiting: 0, after: delay) == "wait")
    }

    @Test func flushOfEmptyQueueIsCompleteAtOnce() {
        var schedule = schedule()
        schedule.requestFlush()
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 0) == "collect")
        schedule.didCollect(0)
        #expect(next(&schedule, waiting: 0) == "flush 2")
    }

    @Test func laterFlushWaitsForLaterSpans() {
        var schedule = schedule()
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 2) == "collect")
        schedule.didCollect(2)
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 4) == "collect")
        schedule.didCollect(4)
        #expect(next(&schedule, waiting: 4) == "export")
        schedule.didTake(3, now: start)
        #expect(next(&schedule, waiting: 1) == "flush 1")
        #expect(next(&schedule, waiting: 1) == "export")
        schedule.didTake(1, now: start)
        #expect(next(&schedule, waiting: 0) == "flush 1")
    }

    @Test func spansAfterFlushWaitAgain() {
        var schedule = schedule()
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 1) == "collect")
        schedule.didCollect(1)
        #expect(next(&schedule, waiting: 2) == "export")
        schedule.didTake(1, now: start)
        #expect(next(&schedule, waiting: 1) == "flush 1")
        #expect(next(&schedule, waiting: 1) == "wait \(delay)")
    }

    @Test func shutdownExportsEverythingThenFinishes() {
        var schedule = schedule()
        schedule.beginShutdown()
        #expect(next(&schedule, waiting: 1) == "export")
        schedule.didTake(1, now: start)
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 0) == "collect")
        schedule.didCollect(0)
        #expect(next(&schedule, waiting: 0) == "flush 1")
        #expect(next(&schedule, waiting: 0) == "finish")
    }

    @Test func droppedSpansCompleteFlush() {
        var schedule = schedule()
        schedule.requestFlush()
        #expect(next(&schedule, waiting: 5) == "collect")
        schedule.didCollect(5)
        #expect(next(&schedule, waiting: 5) == "export")
        schedule.didTake(0, now: start)
        #expect(next(&schedule, waiting: 0) == "flush 1")
    }
}
