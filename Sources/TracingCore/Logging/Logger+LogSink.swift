#if SwiftLog
public import Logging

/// A swift-log logger takes the library's own log entries: give it where a log sink is asked for. Trait `SwiftLog`.
extension Logger: LogSink {
    public var level: LogLevel { LogLevel(logLevel) }

    public func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {
        log(
            level: Logger.Level(level), "\(message)",
            metadata: Logger.Metadata(metadata.map { ($0, .string($1)) }, uniquingKeysWith: { $1 }),
            source: "spanlink")
    }
}

extension Logger.Level {
    fileprivate init(_ level: LogLevel) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}

extension LogLevel {
    fileprivate init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
#endif
