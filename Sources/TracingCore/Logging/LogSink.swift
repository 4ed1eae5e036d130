/// How grave a log entry is.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    public static func < (one: LogLevel, other: LogLevel) -> Bool { one.rawValue < other.rawValue }
}

/// Where the library's own log entries go: one protocol for the whole package.
///
/// Called from any thread, also from threads of C libraries; an implementation must not block for long.
public protocol LogSink: Sendable {
    /// The least grave level that the sink takes. What lies below is not formatted at all.
    var level: LogLevel { get }

    /// Takes one entry. `metadata` are key-values in order.
    func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)])
}
