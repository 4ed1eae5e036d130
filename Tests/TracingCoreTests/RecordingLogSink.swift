import Synchronization
import TracingCore

/// Keeps what is logged.
final class RecordingLogSink: LogSink {
    struct Entry: Equatable {
        var level: LogLevel
        var message: String
        var metadata: [String: String]
    }

    let level: LogLevel
    private let state = Mutex<[Entry]>([])

    init(level: LogLevel = .trace) { self.level = level }

    var entries: [Entry] { state.withLock { $0 } }

    func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {
        let entry = Entry(
            level: level, message: message, metadata: Dictionary(metadata.map { ($0.key, $0.value) }) { $1 })
        state.withLock { $0.append(entry) }
    }
}
