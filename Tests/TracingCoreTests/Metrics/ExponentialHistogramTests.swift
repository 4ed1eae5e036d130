import TestSupport
import Testing

@testable import TracingCore

private let scope = InstrumentationScope(name: "test")

struct ExponentialHistogramTests {
    /// Lower bounds are exclusive, upper bounds inclusive: a power of two closes its bucket.
    @Test(arguments: [
        (1.0, 0, -1), (1.5, 0, 0), (2, 0, 0), (2.0.nextUp, 0, 1), (4, 0, 1), (0.5, 0, -2), (0.75, 0, -1),
        (1, 1, -1), (1.1, 1, 0), (1.5, 1, 1), (2, 1, 1), (4, 1, 3), (0.5, 1, -3),
        (4, -1, 0), (5, -1, 1), (16, -1, 1), (1, -1, -1), (0.25, -1, -2), (2, -10, 0), (0.5, -10, -1),
        (2, 20, (1 << 20) - 1), (1.0.nextUp, 20, 0), (2.0.nextDown, 20, (1 << 20) - 1),
        (Double.leastNonzeroMagnitude, 0, -1_075), (.greatestFiniteMagnitude, 0, 1_023),
    ])
    func indexOfValue(value: Double, scale: Int, index: Int) {
        #expect(ExponentialBuckets.index(of: value, scale: scale) == index)
    }

    @Test func scaleFallsUntilAllValuesFit() {
        var buckets = ExponentialBuckets(maxSize: 4, maxScale: 20)
        for value in [2.0, 4, 1] { buckets.record(value) }
        #expect(buckets.scale == 0)
        #expect(buckets.offset == -1)
        #expect(buckets.counts == [1, 1, 1])
        buckets.record(64)
        #expect(buckets.scale == -1)
        #expect((buckets.offset, buckets.counts) == (-1, [1, 2, 0, 1]))
    }

    @Test(arguments: 1...20) func downscalingIsExact(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let values = (0..<500).map { _ in Double.random(in: -30...30, using: &random) }.map { power in
            Double(
                sign: .plus, exponent: Int(power), significand: 1 + power.magnitude.truncatingRemainder(dividingBy: 1))
        }
        var buckets = ExponentialBuckets(maxSize: 160, maxScale: 20)
        for value in values { buckets.record(value) }
        var expected: [Int: UInt64] = [:]
        for value in values { expected[ExponentialBuckets.index(of: value, scale: buckets.scale), default: 0] += 1 }
        #expect(buckets.counts.count <= 160)
        for (position, count) in buckets.counts.enumerated() {
            #expect(count == expected[buckets.offset + position] ?? 0)
        }
        #expect(buckets.counts.reduce(0, +) == 500)
    }

    @Test func mergedBucketsHoldTheValuesOfBoth() {
        let (low, high) = ([0.001, 0.5, 0], [1.5, 1_000, 7e9])
        var (one, other, all) = (
            ExponentialBuckets(maxSize: 8, maxScale: 20), ExponentialBuckets(maxSize: 8, maxScale: 20),
            ExponentialBuckets(maxSize: 8, maxScale: 20)
        )
        for value in low { one.record(value) }
        for value in high { other.record(value) }
        for value in low + high { all.record(value) }
        one.merge(other)
        #expect((one.scale, one.offset, one.counts) == (all.scale, all.offset, all.counts))
        #expect((one.count, one.zeroCount, one.min, one.max) == (6, 1, 0, 7e9))
    }

    @Test func readerGetsDeltas() throws {
        let reader = InMemoryMetricReader(
            temporality: .delta, histogramAggregation: .base2ExponentialBucketHistogram)
        let histogram = MeterProvider(readers: [reader], log: NoLogSink()).histogram(name: "h", scope: scope)
        histogram.record(0)
        histogram.record(3)
        for value in [-1, .nan, .infinity] { histogram.record(value) }
        let point = try #require(reader.points(named: "h").first)
        #expect(
            point.value
                == .exponentialHistogram(
                    ExponentialHistogramValue(
                        scale: 20, zeroCount: 1, offset: ExponentialBuckets.index(of: 3, scale: 20), bucketCounts: [1],
                        count: 2, sum: 3, min: 0, max: 3)))
        #expect(reader.collect().isEmpty)
        histogram.record(1)
        guard case .exponentialHistogram(let next)? = reader.points(named: "h").first?.value else {
            Issue.record("no point")
            return
        }
        #expect((next.scale, next.count, next.zeroCount, next.min) == (20, 1, 0, 1))
    }

    @Test func overflowKeepsValuesOfBoundInstruments() throws {
        let reader = InMemoryMetricReader(
            temporality: .delta, histogramAggregation: .base2ExponentialBucketHistogram)
        let histogram = MeterProvider(readers: [reader], cardinalityLimit: 1, log: NoLogSink())
            .histogram(name: "h", scope: scope)
        histogram.record(1, attributes: ["v": 1])
        let bound = histogram.bind(["v": 2])
        bound.record(1)
        bound.record(100)
        guard case .exponentialHistogram(let overflow)? = reader.points(named: "h").last?.value else {
            Issue.record("no point")
            return
        }
        #expect((overflow.count, overflow.sum, overflow.min, overflow.max) == (2, 101, 1, 100))
    }
}
