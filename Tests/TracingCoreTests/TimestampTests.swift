import Foundation
import Testing
import TracingCore

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_999_999_999, "2000-02-29T00:00:00.999Z"),
        (1_795_266_000_001_000_000, "2026-11-21T13:00:00.001Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
    ])
    func itIsWrittenAsISO8601(nanoseconds: UInt64, text: String) {
        #expect(Timestamp(nanosecondsSinceEpoch: nanoseconds).iso8601(fractionDigits: 3) == text)
    }

    @Test func fractionsOfTheSecond() {
        let time = Timestamp(nanosecondsSinceEpoch: 1_000_000_012)
        #expect(time.description == "1970-01-01T00:00:01.000000012Z")
        #expect(time.iso8601(fractionDigits: 0) == "1970-01-01T00:00:01Z")
        #expect(time.iso8601(fractionDigits: 99) == time.description)
    }

    @Test func nowIsTheSystemsTime() {
        let before = Date().timeIntervalSince1970
        let now = Double(Timestamp.now.nanosecondsSinceEpoch) / 1e9
        #expect(now >= before - 0.001 && now <= Date().timeIntervalSince1970 + 0.001)
    }

    @Test func durationsGoBothWaysAndStopAtTheEnds() {
        let one = Timestamp(nanosecondsSinceEpoch: 5_000_000_000)
        let other = one.advanced(by: .milliseconds(-1500))
        #expect(other.nanosecondsSinceEpoch == 3_500_000_000)
        #expect(one.duration(to: other) == .milliseconds(-1500))
        #expect(other.duration(to: one) == .milliseconds(1500))
        #expect(other < one)
        #expect(one.advanced(by: .seconds(-6)).nanosecondsSinceEpoch == 0)
        #expect(one.advanced(by: .seconds(Int64.max)).nanosecondsSinceEpoch == .max)
        #expect(one.advanced(by: .seconds(Int64.min)).nanosecondsSinceEpoch == 0)
    }
}
