import SpanlinkRuntime

/// Spans as objects, for exporters that want ``SpanData``: the export thread makes it.
///
/// The bound of bytes counts estimates. One span that is larger than the bound is accepted if nothing else waits.
final class SpanObjectBuffer: SpanBuffer {
    private struct State {
        var spans: [(span: RecordingSpan, size: Int)] = []
        /// Spans before this position are taken.
        var head = 0
        var bytes = 0
        var isClosed = false
        var hasAlarm = false

        var count: Int { spans.count - head }
    }

    private let exporter: any SpanExporter
    private let limits: SpanBufferLimits
    private let state = Mutex(State())

    init(exporter: any SpanExporter, limits: SpanBufferLimits) {
        self.exporter = exporter
        self.limits = limits
    }

    /// Queues a span that has ended.
    func offer(_ span: RecordingSpan) -> SpanOffer {
        let size = span.estimatedSize
        return state.withLock { state in
            if state.isClosed { return .lost(.alreadyShutdown) }
            if state.count >= limits.count { return .lost(.queueFull) }
            if state.count > 0, state.bytes + size > limits.bytes { return .lost(.queueBytes) }
            let wasHeavy = isHeavy(state)
            state.spans.append((span, size))
            state.bytes += size
            let mustWake =
                state.count == 1 && !state.hasAlarm || state.count == limits.batch || isHeavy(state) != wasHeavy
            return mustWake ? .acceptedWakeUp : .accepted
        }
    }

    private func isHeavy(_ state: State) -> Bool { state.bytes >= limits.bytes / 2 }

    var count: Int { state.withLock { $0.count } }
    var isHeavy: Bool { state.withLock { isHeavy($0) } }

    func setAlarm(_ isSet: Bool) { state.withLock { $0.hasAlarm = isSet } }

    func collect() -> Int { count }

    func take(_ limit: Int) -> [RecordingSpan] {
        state.withLock { state in
            let end = min(state.head + limit, state.spans.count)
            let batch = state.spans[state.head..<end].map { entry in
                state.bytes -= entry.size
                return entry.span
            }
            state.head = end
            if state.count == 0 {
                state.spans.removeAll(keepingCapacity: state.spans.capacity <= 4096)
                state.head = 0
            } else if state.head >= 1024, state.head * 2 > state.spans.count {
                state.spans.removeSubrange(..<state.head)
                state.head = 0
            }
            return batch
        }
    }

    func count(of batch: borrowing [RecordingSpan]) -> Int { batch.count }

    func export(_ batch: borrowing [RecordingSpan], by deadline: ContinuousClock.Instant) -> Int {
        exporter.export(batch.map { $0.data() }, deadline: deadline) ? 0 : batch.count
    }

    func recycle(_ batch: consuming [RecordingSpan]) {}

    func close() { state.withLock { $0.isClosed = true } }

    func abandon() -> Int {
        state.withLock { state in
            defer {
                state.spans = []
                state.head = 0
                state.bytes = 0
            }
            state.isClosed = true
            return state.count
        }
    }
}
