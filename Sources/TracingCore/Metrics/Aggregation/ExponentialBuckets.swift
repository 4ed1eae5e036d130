import SpanlinkRuntime

/// The buckets of a base-2 exponential histogram (metrics data model, "ExponentialHistogram").
///
/// Bucket `i` holds the values above `base^i` up to `base^(i+1)` with `base = 2^(2^-scale)`. If the values need more than
/// `maxSize` buckets, the scale falls: two neighbours become one bucket, which is exact.
struct ExponentialBuckets: Sendable {
    private let maxSize: Int
    private(set) var scale: Int
    /// The index of the first bucket.
    private(set) var offset = 0
    private(set) var counts: [UInt64] = []
    private(set) var zeroCount: UInt64 = 0
    private(set) var count: UInt64 = 0
    private(set) var sum = 0.0
    private(set) var min = Double.infinity
    private(set) var max = -Double.infinity

    /// - Parameters:
    ///   - maxSize: the greatest number of buckets, at least 2.
    ///   - maxScale: the scale at first, from -10 to 20.
    init(maxSize: Int, maxScale: Int) {
        self.maxSize = maxSize
        scale = maxScale
    }

    /// Adds a finite value from 0 on.
    mutating func record(_ value: Double) {
        count += 1
        sum += value
        min = Swift.min(min, value)
        max = Swift.max(max, value)
        guard value > 0 else {
            zeroCount += 1
            return
        }
        add(1, at: Self.index(of: value, scale: scale))
    }

    /// Adds all values of `other`.
    mutating func merge(_ other: ExponentialBuckets) {
        count += other.count
        sum += other.sum
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
        zeroCount += other.zeroCount
        if other.scale < scale { lowerScale(by: scale - other.scale) }
        for (position, amount) in other.counts.enumerated() where amount > 0 {
            // The scale may fall with each bucket.
            add(amount, at: (other.offset + position) >> (other.scale - scale))
        }
    }

    private mutating func add(_ amount: UInt64, at index: Int) {
        guard !counts.isEmpty else {
            offset = index
            counts = [amount]
            return
        }
        var index = index
        var (low, high) = (Swift.min(offset, index), Swift.max(offset + counts.count - 1, index))
        var steps = 0
        while high - low >= maxSize {
            (low, high) = (low >> 1, high >> 1)
            steps += 1
        }
        if steps > 0 {
            lowerScale(by: steps)
            index >>= steps
        }
        if index < offset {
            counts.insert(contentsOf: repeatElement(0, count: offset - index), at: 0)
            offset = index
        } else if index >= offset + counts.count {
            counts.append(contentsOf: repeatElement(0, count: index - offset - counts.count + 1))
        }
        counts[index - offset] += amount
    }

    private mutating func lowerScale(by steps: Int) {
        scale -= steps
        guard !counts.isEmpty else { return }
        let first = offset >> steps
        var merged = [UInt64](repeating: 0, count: ((offset + counts.count - 1) >> steps) - first + 1)
        for (position, amount) in counts.enumerated() { merged[((offset + position) >> steps) - first] += amount }
        (offset, counts) = (first, merged)
    }

    /// The bucket of a value above 0: its lower bound is exclusive, its upper bound inclusive.
    static func index(of value: Double, scale: Int) -> Int {
        let exponent = Int(value.exponent)
        let significand = value.significand
        // A power of two is the upper bound of its bucket at each scale.
        if significand == 1 { return scale > 0 ? (exponent << scale) - 1 : (exponent - 1) >> -scale }
        guard scale > 0 else { return exponent >> -scale }
        let (first, size) = (exponent << scale, 1 << scale)
        let position = Int(log2(significand) * Double(size))
        return first + Swift.min(Swift.max(position, 0), size - 1)
    }
}
