import SpanlinkRuntime

/// Logs a condition that repeats once, and later how often it came meanwhile.
///
/// Entries are told apart by a key. The first of a key is logged, what follows within the interval is counted, and the
/// first after it is logged with that count (`repeated=n`). It may be used from any thread.
package final class LogOnce: Sendable {
    private struct Entry {
        var level: LogLevel
        var message: String
        var last: ContinuousClock.Instant
        var suppressed = 0
    }

    /// Keys that are made from data (topics, queues) must not grow without bound: later ones share this one.
    private static let otherKeys = "other"

    private let sink: any LogSink
    private let interval: Duration?
    private let maximumKeys: Int
    private let entries = Mutex<[String: Entry]>([:])

    /// Logs each key to `sink` once in `interval`, or once ever when that is `nil`.
    package init(sink: any LogSink, interval: Duration? = .seconds(60), maximumKeys: Int = 256) {
        self.sink = sink
        self.interval = interval
        self.maximumKeys = maximumKeys
    }

    /// Logs the entry or counts it. `message` and `metadata` are only evaluated when it is logged.
    package func log(
        _ key: String, level: LogLevel = .warning, _ message: @autoclosure () -> String,
        metadata: @autoclosure () -> [(key: String, value: String)] = [], now: ContinuousClock.Instant = .now
    ) {
        guard level >= sink.level else { return }
        let due = entries.withLock { entries -> (key: String, suppressed: Int)? in
            let key = entries[key] != nil || entries.count < maximumKeys ? key : Self.otherKeys
            guard var entry = entries[key] else {
                entries[key] = Entry(level: level, message: "", last: now)
                return (key, 0)
            }
            defer { entries[key] = entry }
            guard let interval, entry.last.duration(to: now) >= interval else {
                entry.suppressed += 1
                return nil
            }
            defer { entry.suppressed = 0 }
            entry.last = now
            return (key, entry.suppressed)
        }
        guard let due else { return }
        let text = message()
        entries.withLock { $0[due.key]?.message = text }
        let repeated = due.suppressed == 0 ? [] : [(key: "repeated", value: String(due.suppressed))]
        sink.log(level, text, metadata: metadata() + repeated)
    }

    /// Logs what was counted and not yet told, a line a key: for the end of the program.
    package func flush() {
        let open = entries.withLock { entries in
            let open = entries.values.filter { $0.suppressed > 0 }
            for key in entries.keys { entries[key]?.suppressed = 0 }
            return open
        }
        for entry in open.sorted(by: { $0.message < $1.message }) {
            sink.log(entry.level, entry.message, metadata: [("repeated", String(entry.suppressed))])
        }
    }
}
