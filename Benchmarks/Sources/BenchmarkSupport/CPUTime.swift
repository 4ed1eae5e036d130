public import CBaseline

extension baseline_result {
    /// CPU of a message.
    public var nanoseconds: Double { cpu_seconds / Double(messages) * 1e9 }
}

/// CPU of this process, user and system, since it was made.
public struct CPUTime {
    private let start = baseline_cpu_seconds()

    public init() {}

    public func nanoseconds(perMessageOf count: Int) -> Double {
        (baseline_cpu_seconds() - start) / Double(count) * 1e9
    }
}
