import Testing

@testable import TracedKafka

@Suite struct CommitLedgerTests {
    private let p = KafkaPartition(topic: "t", partition: 0)
    private let q = KafkaPartition(topic: "t", partition: 1)
    private func messages(_ partition: KafkaPartition, _ first: Int64, _ last: Int64, epoch: UInt64 = 0)
        -> [CommitFence.Messages]
    {
        [.init(partition: partition, first: first, last: last, epoch: epoch)]
    }

    private func next(_ partition: KafkaPartition, _ offset: Int64) -> NextOffset {
        NextOffset(partition: partition, offset: offset)
    }

    @Test func whatIsStoredFollowsACommitButIsNeverLowered() {
        var ledger = CommitLedger()
        #expect(ledger.ahead([next(p, 20)]) == [])
        ledger.noteStored(next(p, 10))
        #expect(ledger.ahead([next(p, 20), next(q, 20)]) == [next(p, 20)])
        #expect(ledger.ahead([next(p, 10)]) == [])
        #expect(ledger.ahead([next(p, 5)]) == [])
        ledger.forgetStored(p)
        #expect(ledger.ahead([next(p, 20)]) == [])
    }

    @Test func aCommitIsOfTheLastMessageWhenever() throws {
        let ledger = CommitLedger()
        #expect(try ledger.offsets(toCommit: messages(p, 0, 4)) == [next(p, 5)])
        let offsets = try ledger.offsets(toCommit: messages(p, 5, 9, epoch: 1) + messages(q, 0, 2) + messages(p, 0, 4))
        #expect(Set(offsets) == [next(p, 10), next(q, 3)])
    }

    @Test func aFailureLowersWhatIsStoredPastIt() {
        var ledger = CommitLedger()
        #expect(ledger.fail(messages(p, 5, 5)) == [])
        ledger.noteStored(next(p, 5))
        #expect(ledger.fail(messages(p, 5, 5)) == [])
        ledger.noteStored(next(p, 7))
        ledger.noteStored(next(q, 7))
        #expect(ledger.fail(messages(p, 6, 6)) == [next(p, 5)])
        #expect(ledger.offsets(toStore: messages(p, 0, 9) + messages(q, 0, 9)) == [next(p, 5), next(q, 10)])
        ledger.succeed(messages(p, 0, 9))
        #expect(ledger.offsets(toStore: messages(p, 0, 9)) == [next(p, 10)])
    }

    @Test func aRevocationForgetsWhatIsStoredAndWhatFailed() throws {
        var ledger = CommitLedger()
        ledger.noteStored(next(p, 10))
        ledger.noteStored(next(q, 10))
        _ = ledger.fail(messages(p, 3, 3))
        #expect(throws: KafkaError.self) { try ledger.offsets(toCommit: messages(p, 0, 9)) }
        ledger.revoke([p])
        #expect(ledger.stored == [q: 10])
        #expect(ledger.fence.isEmpty)
        let (current, revoked) = ledger.divide(messages(p, 0, 9) + messages(q, 0, 9))
        #expect(current == messages(q, 0, 9) && revoked == p)
        #expect(try ledger.offsets(toCommit: messages(p, 0, 9, epoch: ledger.epoch)) == [next(p, 10)])
        ledger.revokeAll()
        #expect(ledger.stored == [:])
    }
}
