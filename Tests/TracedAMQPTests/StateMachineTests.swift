import MessagingTracing
import SpanlinkRuntime
import Testing
import TracingCore

@testable import TracedAMQP

/// The parts without I/O.
struct StateMachineTests {
    // MARK: Heartbeats

    @Test func twoIntervalsOfSilenceAreNoticedAtTheirEnd() {
        func time(_ milliseconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000) }
        var watch = HeartbeatWatch(seconds: 1, now: time(0))
        // Half an interval for our own heartbeats, never beyond the end of the silence.
        #expect(watch.wake(after: time(0)) == time(500) && watch.wake(after: time(1_700)) == time(2_000))
        #expect(!watch.isSilent(at: time(1_999)) && watch.isSilent(at: time(2_000)))
        watch.heard(at: time(1_900))
        #expect(!watch.isSilent(at: time(3_899)) && watch.isSilent(at: time(3_900)))
        let none = HeartbeatWatch(seconds: 0, now: time(0))
        #expect(none.limit == nil && none.wake(after: time(0)) == .never && !none.isSilent(at: time(1_000_000)))
    }

    // MARK: Frames

    private typealias Assembler = ContentAssembler<String, Int>

    @Test func aContentIsPutTogetherFromItsFrames() throws {
        var assembler = Assembler()
        try assembler.method("deliver")
        #expect(!assembler.isIdle)
        #expect(try assembler.header(7, bodySize: 5) == nil)
        let part = try [UInt8]([1, 2]).withUnsafeBytes { try assembler.body($0) }
        #expect(part == nil)
        let content = try [UInt8]([3, 4, 5]).withUnsafeBytes { try assembler.body($0) }
        #expect(content?.method == "deliver" && content?.properties == 7 && content?.body == [1, 2, 3, 4, 5])
        #expect(assembler.isIdle)
    }

    @Test func anEmptyBodyHasNoFrame() throws {
        var assembler = Assembler()
        try assembler.method("return")
        #expect(try assembler.header(1, bodySize: 0)?.body == [])
        #expect(assembler.isIdle)
    }

    @Test func framesOutOfOrderAreErrors() throws {
        var assembler = Assembler()
        #expect(throws: AMQPError.self) { try assembler.header(1, bodySize: 1) }
        #expect(throws: AMQPError.self) { try [UInt8]([1]).withUnsafeBytes { try assembler.body($0) } }
        try assembler.method("deliver")
        #expect(throws: AMQPError.self) { try assembler.method("deliver") }
        _ = try assembler.header(1, bodySize: 1)
        let error = #expect(throws: AMQPError.self) {
            try [UInt8]([1, 2]).withUnsafeBytes { try assembler.body($0) }
        }
        #expect(error?.code == .frameError)
    }

    @Test func anAnnouncedSizeReservesNoMemoryOnItsWord() throws {
        var assembler = Assembler()
        try assembler.method("deliver")
        #expect(try assembler.header(1, bodySize: .max) == nil)
        let part = try [UInt8]([1]).withUnsafeBytes { try assembler.body($0) }
        #expect(part == nil)
    }

    // MARK: Tags

    @Test func tagsAreTakenOneByOneOrAllUpToOne() {
        var window = TagWindow<String>()
        for entry in ["a", "b", "c", "d"] { window.append(entry) }
        #expect(window.nextTag == 5)
        #expect(window.remove(2) == "b")
        #expect(window.remove(2) == nil)
        #expect(window.remove(9) == nil)
        #expect(window.count(through: 3) == 2)
        #expect(window.remove(through: 3) == ["a", "c"])
        #expect(window.remove(through: 3) == [])
        #expect(window.lowestTag == 4)
        #expect(window.removeAll() == ["d"])
        #expect(window.isEmpty && window.nextTag == 5)
    }

    @Test func aWindowOfManyTagsForgetsWhatIsGone() {
        var window = TagWindow<Int>()
        for tag in 1...10_000 {
            window.append(tag)
            if tag > 100 { #expect(window.remove(UInt64(tag - 100)) == tag - 100) }
        }
        #expect(window.count == 100 && window.lowestTag == 9_901)
    }

    @Test func tagsMayJumpButNotGoBack() {
        var window = TagWindow<Int>()
        #expect(window.append(0, at: 5) == true)
        #expect(window.append(1, at: 8) == true)
        #expect(window.append(2, at: 8) == false)
        #expect(window.append(2, at: .max) == false)
        #expect(window.contains(5) && !window.contains(6) && window.contains(8))
    }

    @Test func noTagFollowsTheLast() {
        var window = TagWindow<Int>()
        #expect(window.append(0, at: .max) == false)
        #expect(window.append(0, at: .max - 1) == true && window.nextTag == .max)
        #expect(window.remove(.max - 1) == 0 && window.isEmpty)
    }

    // MARK: Confirms

    private func likeness(_ key: String, id: String? = nil) -> PublisherConfirms<String>.Likeness {
        .init(exchange: "x", routingKey: key, headers: [:], messageID: id, bodySize: 1)
    }

    @Test func confirmsSettleOneOrSeveral() {
        var confirms = PublisherConfirms<String>()
        for entry in ["a", "b", "c", "d"] { confirms.append(entry, mandatory: nil) }
        #expect(confirms.settle(3, multiple: false, isAck: false).map(\.entry) == ["c"])
        let settled = confirms.settle(4, multiple: true, isAck: true)
        #expect(settled.map(\.entry) == ["a", "b", "d"])
        #expect(settled.allSatisfy { $0.outcome == .confirmed })
        #expect(confirms.settle(4, multiple: false, isAck: true).isEmpty)
        #expect(confirms.count == 0)
    }

    @Test func zeroWithMultipleIsAllSoFar() {
        var confirms = PublisherConfirms<String>()
        for entry in ["a", "b"] { confirms.append(entry, mandatory: nil) }
        let settled = confirms.settle(0, multiple: true, isAck: false)
        #expect(settled.map(\.entry) == ["a", "b"])
        #expect(settled.allSatisfy { $0.outcome == .refused })
    }

    @Test func aReturnIsForTheFirstMessageThatLooksLikeIt() {
        var confirms = PublisherConfirms<String>()
        let noRoute = AMQPError(.noRoute, "nowhere")
        confirms.append("plain", mandatory: nil)
        confirms.append("other", mandatory: likeness("k2"))
        confirms.append("first", mandatory: likeness("k"))
        confirms.append("second", mandatory: likeness("k"))
        #expect(confirms.returned(likeness("k"), noRoute) == true)
        #expect(confirms.returned(likeness("unknown"), noRoute) == false)
        let settled = confirms.settle(4, multiple: true, isAck: true)
        #expect(settled.map(\.outcome) == [.confirmed, .confirmed, .returned(noRoute), .confirmed])
    }

    @Test func aReturnWhoseHeadersChangedIsForAMessageThatIsOtherwiseAlike() {
        var confirms = PublisherConfirms<String>()
        let noRoute = AMQPError(.noRoute, "nowhere")
        var changed = likeness("k")
        changed.headers = ["BCC": ["nobody"]]
        confirms.append("changed", mandatory: changed)
        confirms.append("exact", mandatory: likeness("k"))
        for _ in 0..<2 { #expect(confirms.returned(likeness("k"), noRoute) == true) }
        #expect(confirms.returned(likeness("k"), noRoute) == false)
        let settled = confirms.settle(2, multiple: true, isAck: true)
        #expect(settled.map(\.outcome) == [.returned(noRoute), .returned(noRoute)])
    }

    @Test func aLostChannelLeavesWhatIsNotConfirmed() {
        var confirms = PublisherConfirms<String>()
        let noRoute = AMQPError(.noRoute, "nowhere")
        confirms.append("a", mandatory: nil)
        confirms.append("b", mandatory: likeness("k"))
        _ = confirms.settle(1, multiple: false, isAck: true)
        #expect(confirms.returned(likeness("k"), noRoute) == true)
        let left = confirms.abandon()
        #expect(left.map(\.entry) == ["b"] && left[0].returned == noRoute)
        confirms.append("c", mandatory: nil)
        #expect(confirms.settle(1, multiple: false, isAck: true).map(\.entry) == ["c"])
    }

    // MARK: Acknowledgements

    private func ledger(_ tags: ClosedRange<UInt64>) -> DeliveryLedger {
        var ledger = DeliveryLedger()
        ledger.reconnect(epoch: 1)
        for tag in tags { #expect(ledger.delivered(tag) == true) }
        return ledger
    }

    @Test func aBatchIsOneMultipleAck() throws {
        var ledger = ledger(1...4)
        #expect(try ledger.settle([1, 2, 3], epoch: 1) == [.init(tag: 3, multiple: true)])
        #expect(try ledger.settle([4], epoch: 1) == [.init(tag: 4, multiple: false)])
        #expect(ledger.count == 0)
    }

    @Test func multipleNeverSettlesWhatIsStillOpen() throws {
        var ledger = ledger(1...6)
        #expect(
            try ledger.settle([1, 2, 4, 5], epoch: 1) == [
                .init(tag: 2, multiple: true), .init(tag: 4, multiple: false), .init(tag: 5, multiple: false),
            ])
        #expect(try ledger.settle([6], epoch: 1) == [.init(tag: 6, multiple: false)])
        #expect(try ledger.settle([3], epoch: 1) == [.init(tag: 3, multiple: false)])
    }

    @Test func whatWasSettledBeforeIsCoveredByMultiple() throws {
        var ledger = ledger(1...3)
        _ = try ledger.settle([2], epoch: 1)
        #expect(try ledger.settle([3, 1], epoch: 1) == [.init(tag: 3, multiple: true)])
    }

    @Test func aTagOfAnEarlierConnectionIsRefused() throws {
        var ledger = ledger(1...2)
        ledger.reconnect(epoch: 2)
        #expect(ledger.delivered(1) == true)
        let error = #expect(throws: AMQPError.self) { try ledger.settle([1], epoch: 1) }
        #expect(error?.code == .staleDelivery)
        #expect(try ledger.settle([1], epoch: 2) == [.init(tag: 1, multiple: false)])
    }

    @Test func nothingIsSettledTwice() throws {
        var ledger = ledger(1...3)
        _ = try ledger.settle([2], epoch: 1)
        let error = #expect(throws: AMQPError.self) { try ledger.settle([1, 2], epoch: 1) }
        #expect(error?.code == .staleDelivery)
        #expect(ledger.count == 2)
    }

    @Test func aStreamGoesOnWithTheFirstThatIsNotSettled() {
        var position = StreamPosition()
        #expect(position.next == nil)
        // Offsets need not follow each other.
        for (tag, offset) in [(1, 70), (2, 71), (3, 90)] as [(UInt64, Int64)] {
            position.delivered(tag, offset: offset)
        }
        #expect(position.next == 70)
        position.settled([2])
        #expect(position.next == 70)
        position.settled([1])
        #expect(position.next == 90)
        position.settled([3, 7])
        #expect(position.next == 91)
        position.reconnect()
        #expect(position.next == 91)
        position.delivered(1, offset: 95)
        position.reconnect()
        #expect(position.next == 95)
        position.delivered(1, offset: .max)
        position.settled([1])
        #expect(position.next == .min)
    }

    // MARK: Reconnect

    @Test func waitsGrowUpToALimitAndHaveJitter() {
        var policy = ReconnectPolicy()
        policy.initialDelay = .milliseconds(100)
        policy.maxDelay = .seconds(1)
        #expect(policy.delay(attempt: 0, random: 1) == .milliseconds(100))
        #expect(policy.delay(attempt: 0, random: 0) == .milliseconds(50))
        #expect(policy.delay(attempt: 2, random: 1) == .milliseconds(400))
        #expect(policy.delay(attempt: 1_000_000, random: 1) == .seconds(1))
        #expect(policy.delay(attempt: -1, random: 7) == .milliseconds(100))
    }

    @Test func aConnectionThatIsLostAtOnceCountsAsFailed() {
        var policy = ReconnectPolicy()
        policy.initialDelay = .milliseconds(100)
        policy.maxDelay = .milliseconds(500)
        var attempts = ReconnectAttempts(policy)
        func ready(for milliseconds: UInt64) -> Range<MonotonicTime> {
            MonotonicTime(nanoseconds: 7)..<MonotonicTime(nanoseconds: 7 + milliseconds * 1_000_000)
        }
        for (wasReady, wait) in [(nil, 100), (ready(for: 0), 200), (ready(for: 499), 400), (nil, 500)] {
            #expect(attempts.nextDelay(wasReady, random: 1) == .milliseconds(wait))
        }
        #expect(attempts.nextDelay(ready(for: 500), random: 1) == .milliseconds(100))
        #expect(attempts.nextDelay(nil, random: 1) == .milliseconds(200))
    }

    @Test func aSenselessPolicyIsNoTrap() {
        var policy = ReconnectPolicy()
        policy.initialDelay = .zero
        policy.maxDelay = .seconds(-1)
        policy.multiplier = .nan
        #expect(policy.delay(attempt: 5, random: .nan) >= .zero)
    }

    // MARK: Tables

    @Test func aNameStandsInATableOnce() {
        var table: AMQPTable = ["a": 1, "b": "x", "a": 2]
        #expect(table.map(\.name) == ["a", "b"])
        #expect(table["a"] == .int64(2))
        table["a"] = nil
        table["c"] = .table(["d": .array([.void, .bool(true)])])
        #expect(table.map(\.name) == ["b", "c"])
        // 4, then 1 + 1 + 5 + 1 for b, then 1 + 1 + 1 + (4 + 1 + 1 + (5 + 1 + 2)) for c.
        #expect(table.encodedSize == 4 + 8 + 17)
    }

    @Test(arguments: [AMQPTable(), ["mine": 1]])
    func headersOfTheTraceFitIntoTheFrame(headers: AMQPTable) throws {
        var configuration = AMQPConnection.Configuration()
        configuration.separatesPublishing = false
        let instrumentation = MessagingInstrumentation(
            system: .rabbitmq, options: MessagingTracingOptions(), backend: .disabled, library: "test", version: "1")
        let core = try ConnectionCore(configuration, Destinations(instrumentation, configuration))
        let message = AMQPMessage(body: "x", headers: headers)
        var outgoing = OutgoingAMQPMessage(
            message: message, exchange: "", routingKey: "k",
            channel: core.destinations.channel(exchange: "", routingKey: "k"),
            headerFrameSize: try Limits.check(message.properties, maxFrameSize: 4_096), maxFrameSize: 4_096)
        let room = outgoing.headerRoom
        for size in [room / 2, room / 4, room - room / 2 - room / 4] {
            let value = Array(repeating: UInt8(ascii: "v"), count: size - 1)
            value.withUnsafeBytes { outgoing.appendHeader("\(outgoing.message.properties.headers.count)", $0) }
        }
        let size = try Limits.check(outgoing.message.properties, maxFrameSize: .max)
        #expect(size <= 4_096 && size <= outgoing.headerFrameSize && outgoing.headerRoom == 0)
    }

    @Test(arguments: [
        (404, "not-found"), (406, "precondition-failed"), (312, "no-route"), (320, "connection-forced"), (999, "other"),
    ])
    func replyCodesHaveNamesForTelemetry(replyCode: UInt16, name: String) {
        let error = AMQPError(replyCode: replyCode, replyText: "WHY", "Doing it")
        #expect(error.errorType == name)
        #expect(error.replyCode == replyCode && error.replyText == "WHY")
        #expect(error.message.contains("Doing it: WHY"))
    }
}
