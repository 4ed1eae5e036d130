import SpanlinkRuntime
import Testing
import TracingCore

@testable import TracedKafka

@Suite struct BatchCutterTests {
    private func at(_ milliseconds: UInt64) -> () -> MonotonicTime {
        { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }
    }
    private func time(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test func fullBatchNeverLooksAtTheClock() {
        var cutter = BatchCutter(maxCount: 5, maxWait: .seconds(1), firstWait: .unlimited)
        let never: () -> MonotonicTime = {
            Issue.record("the clock was read")
            return .now
        }
        #expect(cutter.next(now: never) == .pull(5))
        cutter.pulled(3, drained: false)
        #expect(cutter.next(now: never) == .pull(2))
        cutter.pulled(2, drained: false)
        #expect(cutter.next(now: never) == .deliver)
    }

    @Test func waitsForTheFirstWithoutLimitThenMaxWait() {
        var cutter = BatchCutter(maxCount: 5, maxWait: .milliseconds(100), firstWait: .unlimited)
        cutter.pulled(0, drained: true)
        #expect(cutter.next(now: at(10)) == .wait(until: .never))
        cutter.woken()
        #expect(cutter.next(now: at(500)) == .pull(5))
        cutter.pulled(2, drained: true)
        #expect(cutter.next(now: at(1000)) == .wait(until: time(1100)))
        cutter.woken()
        #expect(cutter.next(now: at(1050)) == .pull(3))
        cutter.pulled(1, drained: true)
        // More messages do not put the end off.
        #expect(cutter.next(now: at(1060)) == .wait(until: time(1100)))
        cutter.woken()
        cutter.pulled(0, drained: true)
        #expect(cutter.next(now: at(1100)) == .deliver)
        #expect(cutter.count == 3)
    }

    @Test func limitedPullEndsWithItsLimit() {
        var cutter = BatchCutter(maxCount: 5, maxWait: .milliseconds(100), firstWait: .atMost(.milliseconds(50)))
        cutter.pulled(0, drained: true)
        #expect(cutter.next(now: at(0)) == .wait(until: time(50)))
        cutter.pulled(1, drained: true)
        #expect(cutter.next(now: at(40)) == .wait(until: time(50)))
        #expect(cutter.next(now: at(50)) == .deliver)
    }

    @Test func noWaitTakesWhatIsThere() {
        var cutter = BatchCutter(maxCount: 5, maxWait: .zero, firstWait: .unlimited)
        cutter.pulled(1, drained: true)
        #expect(cutter.next(now: at(0)) == .deliver)
        var poll = BatchCutter(maxCount: 5, maxWait: .zero, firstWait: .atMost(.zero))
        #expect(poll.next(now: at(0)) == .pull(5))
        poll.pulled(0, drained: true)
        #expect(poll.next(now: at(0)) == .deliver)
    }

    @Test func cutEndsItAtOnceAndHugeWaitsDoNotOverflow() {
        var cutter = BatchCutter(maxCount: 5, maxWait: .seconds(Int64.max), firstWait: .unlimited)
        cutter.pulled(1, drained: true)
        #expect(cutter.next(now: at(1)) == .wait(until: .never))
        cutter.cut()
        #expect(cutter.next(now: at(1)) == .deliver)
    }
}

@Suite struct CommitFenceTests {
    private let p = KafkaPartition(topic: "t", partition: 0)
    private let q = KafkaPartition(topic: "t", partition: 1)
    private func messages(_ first: Int64, _ last: Int64, _ partition: KafkaPartition? = nil) -> [CommitFence.Messages] {
        [.init(partition: partition ?? p, first: first, last: last)]
    }

    @Test func commitsStopAtTheFirstFailedMessage() {
        var fence = CommitFence()
        fence.fail(messages(10, 19))
        #expect(!fence.covers(p, next: 10))
        #expect(fence.covers(p, next: 11))
        #expect(fence.covers(p, next: 500))
        #expect(!fence.covers(q, next: 500))
        #expect(fence.clamp(p, next: 15) == 10)
        #expect(fence.clamp(p, next: 5) == 5)
        fence.succeed(messages(10, 19))
        #expect(fence.isEmpty)
        #expect(!fence.covers(p, next: 500))
    }

    @Test func partialSuccessMovesTheFence() {
        var fence = CommitFence()
        fence.fail(messages(10, 19))
        fence.succeed(messages(10, 12))
        #expect(fence.firstFailed(in: p) == 13)
        fence.succeed(messages(15, 16))
        #expect(fence.firstFailed(in: p) == 13)
        fence.succeed(messages(13, 14))
        #expect(fence.firstFailed(in: p) == 17)
        fence.succeed(messages(0, 100))
        #expect(fence.isEmpty)
    }

    @Test func failuresOutOfOrderAndOverlapping() {
        var fence = CommitFence()
        fence.fail(messages(30, 30))
        fence.fail(messages(10, 10))
        fence.fail(messages(9, 12))
        #expect(fence.firstFailed(in: p) == 9)
        fence.succeed(messages(9, 12))
        #expect(fence.firstFailed(in: p) == 30)
        fence.fail(messages(5, 5, q))
        fence.forget([p])
        #expect(fence.firstFailed(in: p) == nil)
        #expect(fence.firstFailed(in: q) == 5)
    }
}

@Suite struct RevocationsTests {
    private let p = KafkaPartition(topic: "t", partition: 0)
    private let q = KafkaPartition(topic: "t", partition: 1)

    @Test func whatWasPulledBeforeARevocationIsRevokedWithItsPartition() {
        var revocations = Revocations()
        func pulled(_ partition: KafkaPartition, in epoch: UInt64) -> Bool {
            revocations.include(.init(partition: partition, first: 0, last: 9, epoch: epoch))
        }
        let first = revocations.epoch
        #expect(!pulled(p, in: first))
        revocations.revoke([p])
        #expect(pulled(p, in: first) && !pulled(q, in: first))
        let second = revocations.epoch
        #expect(!pulled(p, in: second))
        revocations.revoke([q])
        #expect(pulled(q, in: first) && pulled(q, in: second))
        #expect(pulled(p, in: first) && !pulled(p, in: second))
        revocations.revokeAll()
        #expect(pulled(p, in: second) && pulled(q, in: second))
        #expect(!pulled(p, in: revocations.epoch) && !pulled(q, in: revocations.epoch))
    }
}

@Suite struct PullTurnTests {
    @Test func theLastOneWaitsForWhoIsInHoweverOftenItIsClosed() async {
        let turn = PullTurn()
        #expect(await turn.enter() == .entered)
        let behind = Task { await turn.enter() }
        turn.close()
        #expect(await behind.value == .closed)
        let hasLeft = Guarded(false)
        let last = Task {
            await turn.enterLast()
            return hasLeft.withLock { $0 }
        }
        for _ in 0..<1000 {
            turn.close()
            await Task.yield()
        }
        hasLeft.withLock { $0 = true }
        turn.leave()
        #expect(await last.value)
        #expect(await turn.enter() == .closed)
    }

    @Test func theLastOneNeedNotWaitForNobody() async {
        let turn = PullTurn()
        turn.close()
        await turn.enterLast()
        #expect(await turn.enter() == .closed)
    }
}

@Suite struct SendRoomTests {
    @Test func firstComeFirstServed() {
        var room = SendRoom<String>()
        #expect(room.join("a", id: 1, roomWasMade: false, wasCalled: false) == .waiting)
        #expect(room.join("b", id: 2, roomWasMade: true, wasCalled: false) == .waiting)
        #expect(room.join("c", id: 3, roomWasMade: false, wasCalled: false) == .waiting)
        #expect(room.call(2) == ["a", "b"])
        // Called and found nothing: before all others again.
        #expect(room.join("b", id: 2, roomWasMade: false, wasCalled: true) == .waiting)
        #expect(room.call(1) == ["b"])
        #expect(room.call(5) == ["c"])
        #expect(room.call(5) == [])
    }

    @Test func roomMadeInBetweenIsNotMissed() {
        var room = SendRoom<String>()
        #expect(room.join("a", id: 1, roomWasMade: true, wasCalled: false) == .tryNow)
        #expect(room.join("a", id: 1, roomWasMade: false, wasCalled: false) == .waiting)
        #expect(room.join("b", id: 2, roomWasMade: true, wasCalled: true) == .tryNow)
    }

    @Test func whoLeavesIsNotCalledAndCloseCallsAll() {
        var room = SendRoom<String>()
        for (id, name) in ["a", "b", "c"].enumerated() {
            #expect(room.join(name, id: UInt64(id), roomWasMade: false, wasCalled: false) == .waiting)
        }
        #expect(room.leave(id: 1) == "b")
        #expect(room.leave(id: 1) == nil)
        #expect(room.close() == ["a", "c"])
        #expect(room.join("d", id: 9, roomWasMade: false, wasCalled: false) == .closed)
    }

    @Test func queueKeepsOrderOverManyRounds() {
        var queue = WaiterQueue<Int>()
        var expected: [Int] = []
        var got: [Int] = []
        for id in 0..<1000 {
            queue.append(id, id: UInt64(id))
            if id % 7 == 3 {
                #expect(queue.remove(id: UInt64(id)) == id)
            } else {
                expected.append(id)
            }
            if id % 3 == 0, let first = queue.popFirst() { got.append(first) }
        }
        while let first = queue.popFirst() { got.append(first) }
        #expect(got == expected)
        #expect(queue.isEmpty)
    }
}

@Suite struct ErrorNameTests {
    @Test func namesAreTheProtocols() {
        let expected: [Int32: String] = [
            3: "UNKNOWN_TOPIC_OR_PARTITION", 6: "NOT_LEADER_OR_FOLLOWER", 10: "MESSAGE_TOO_LARGE",
            -1: "UNKNOWN_SERVER_ERROR",
            2: "CORRUPT_MESSAGE", 17: "INVALID_TOPIC_EXCEPTION", 29: "TOPIC_AUTHORIZATION_FAILED",
            7: "REQUEST_TIMED_OUT",
            -192: "_MSG_TIMED_OUT", -184: "_QUEUE_FULL", 4: "INVALID_FETCH_SIZE", 11: "STALE_CONTROLLER_EPOCH",
        ]
        for (code, name) in expected { #expect(KafkaError(.other, "", brokerCode: code).errorType == name) }
        #expect(KafkaError(.closed, "").errorType == "closed")
    }
}
