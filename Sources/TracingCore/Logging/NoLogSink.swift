/// A sink that takes nothing.
public struct NoLogSink: LogSink {
    /// A sink that takes nothing.
    public init() {}

    public var level: LogLevel { .critical }

    public func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {}
}
