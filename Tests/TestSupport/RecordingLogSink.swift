import SpanlinkRuntime
public import TracingCore

/// Keeps what is logged.
public final class RecordingLogSink: LogSink {
    public struct Entry: Equatable, Sendable {
        public var level: LogLevel
        public var message: String
        public var metadata: [String: String]

        public init(level: LogLevel, message: String, metadata: [String: String]) {
            self.level = level
            self.message = message
            self.metadata = metadata
        }
    }

    public let level: LogLevel
    private let state = Mutex<[Entry]>([])

    public init(level: LogLevel = .trace) { self.level = level }

    public var entries: [Entry] { state.withLock { $0 } }

    public func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {
        let entry = Entry(
            level: level, message: message, metadata: Dictionary(metadata.map { ($0.key, $0.value) }) { $1 })
        state.withLock { $0.append(entry) }
    }
}
