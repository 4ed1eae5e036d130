import SpanlinkRuntime

/// Exports each span when it ends, on the thread that ends it (OpenTelemetry trace SDK, "Simple processor").
///
/// For exporters that do not block, such as those in memory, and for programs at a terminal; a service uses
/// ``BatchSpanProcessor``.
public final class SimpleSpanProcessor: SpanProcessor {
    private let exporter: any SpanExporter
    private let state = Mutex(State())

    private struct State {
        var isShutDown = false
        var lost: [SpanLossReason: Int] = [:]
    }

    /// A processor that hands each span to `exporter`.
    public init(exporter: any SpanExporter) { self.exporter = exporter }

    public func onEnd(_ span: RecordingSpan) {
        guard span.context.isSampled else { return }
        let data = span.data()
        // The lock is the promise that an exporter is never called twice at the same time.
        state.withLock { state in
            guard !state.isShutDown else {
                state.lost[.alreadyShutdown, default: 0] += 1
                return
            }
            if !exporter.export([data], deadline: .now + .seconds(30)) {
                state.lost[.exportFailed, default: 0] += 1
            }
        }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) async -> Bool {
        state.withLock { _ in exporter.forceFlush(deadline: deadline) }
    }

    public func shutdown(deadline: ContinuousClock.Instant) async -> Bool {
        state.withLock { state in
            guard !state.isShutDown else { return true }
            state.isShutDown = true
            let flushed = exporter.forceFlush(deadline: deadline)
            exporter.shutdown(deadline: deadline)
            return flushed
        }
    }

    public var lostSpans: [SpanLossReason: Int] { state.withLock { $0.lost } }
}
