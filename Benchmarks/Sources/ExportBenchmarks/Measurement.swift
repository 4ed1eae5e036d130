import BenchmarkSupport
import CMallocCounter
import Foundation
import OTLPFormat
import TracingCore

/// One workload, encoded by Swift and by C in turns.
struct Measurement {
    private let name: String
    private let bytes: Int
    private let allocations: Int64?
    private var c: [Double] = []
    private var swift: [Double] = []

    /// `nil` when the two do not write the same bytes.
    init?(_ workload: Workload, rounds: Int, repetitions: Int) {
        name = workload.name
        let plain = PlainRequest(workload.spans)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 20)
        defer { buffer.deallocate() }
        var encoder = OTLPEncoder()

        guard let expected = plain.encode(into: buffer), encoder.encode(workload.spans, { $0.elementsEqual(expected) })
        else { return nil }
        bytes = expected.count

        malloc_counter_start()
        let isSame = encoder.encode(workload.spans) { $0.count == expected.count }
        let counted = malloc_counter_stop()
        guard isSame else { return nil }
        allocations = malloc_counter_is_available() ? counted : nil

        for _ in 0..<rounds {
            c.append(Self.nanoseconds(repetitions) { plain.encode(into: buffer)?.count ?? 0 })
            swift.append(Self.nanoseconds(repetitions) { encoder.encode(workload.spans) { $0.count } })
        }
    }

    var line: String {
        let ratios = zip(swift, c).map(/).sorted()
        return String(
            format: "%@ %6.1f KB   C %6.1f µs   Spanlink %6.1f µs  %5.0f MB/s   %.2fx (%.2f-%.2f)   %@ allocations",
            name.padding(toLength: 28, withPad: " ", startingAt: 0), Double(bytes) / 1000, median(c) / 1000,
            median(swift) / 1000, Double(bytes) / median(swift) * 1000, median(ratios), ratios[0],
            ratios[ratios.count - 1], allocations.map(String.init) ?? "uncounted")
    }

    /// CPU time of this thread for one call of `body`. What it returns is used, so that no compiler leaves it out.
    private static func nanoseconds(_ repetitions: Int, _ body: () -> Int) -> Double {
        var sum = 0
        let start = threadTime()
        for _ in 0..<repetitions { sum &+= body() }
        let end = threadTime()
        precondition(sum > 0)
        return Double(end - start) / Double(repetitions)
    }

    private static func threadTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
