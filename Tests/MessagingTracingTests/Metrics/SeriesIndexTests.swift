import TestSupport
import Testing
import TracingCore

@testable import MessagingTracing

struct SeriesIndexTests {
    private static func key(_ partition: Int, _ name: String? = nil) -> SeriesKey {
        SeriesKey(operation: .settle, partition: Int32(partition), name: name)
    }

    private static func newSeries() -> OperationSeries {
        OperationSeries(messages: nil, duration: .noop, timeInQueue: nil)
    }

    @Test func entryIsFoundAfterGrowth() {
        let index = SeriesIndex()
        let made = (0..<1_000).map { partition in index.series(Self.key(partition)) { Self.newSeries() } }
        for (partition, series) in made.enumerated() {
            #expect(index.withSeries(Self.key(partition)) { $0 === series } == true)
            #expect(index.withSeries(Self.key(partition, "ack")) { _ in true } == nil)
        }
    }

    @Test func textsAreBounded() {
        let index = SeriesIndex()
        for number in 0..<300 { _ = index.series(Self.key(0, "name \(number)")) { Self.newSeries() } }
        #expect((0..<300).count { index.withSeries(Self.key(0, "name \($0)")) { _ in true } == true } == 256)
        _ = index.series(Self.key(1)) { Self.newSeries() }
        #expect(index.withSeries(Self.key(1)) { _ in true } == true)
    }

    @Test func threadsFindOneSeriesForAKey() async throws {
        let index = SeriesIndex()
        let found = try await withThrowingTaskGroup(of: [ObjectIdentifier].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await onThread {
                        (0..<500).map { partition in
                            let key = Self.key(partition)
                            let series =
                                index.withSeries(key) { $0 } ?? index.series(key) { Self.newSeries() }
                            return ObjectIdentifier(series)
                        }
                    }
                }
            }
            return try await group.reduce(into: [[ObjectIdentifier]]()) { $0.append($1) }
        }
        #expect(Set(found).count == 1)
    }
}
