internal import Foundation
import SpanlinkRuntime
public import TracingCore

/// An exporter that a test holds up and lets go on.
///
/// `@unchecked`: all state is only touched under `condition`.
public final class GatedSpanExporter: SpanExporter, @unchecked Sendable {
    private let condition = NSCondition()
    private var isOpen: Bool
    private var fails = false
    private var running = 0
    private var maxRunning = 0
    private var entered = 0
    private var batches: [[SpanData]] = []
    private var isShutDown = false
    private var entries: [(count: Int, outcome: Promise<Void>)] = []

    public init(isOpen: Bool) { self.isOpen = isOpen }

    /// Lets exports that wait, and all later ones, go on.
    public func open() {
        locked {
            isOpen = true
            condition.broadcast()
        }
    }

    /// Makes exports fail from now on, or succeed again.
    public func setFailing(_ fails: Bool) { locked { self.fails = fails } }

    /// Returns once `count` exports have begun.
    public func hasEntered(_ count: Int) async {
        let outcome = Promise<Void>()
        locked {
            if entered >= count { outcome.resolve(()) } else { entries.append((count, outcome)) }
        }
        _ = await outcome.value()
    }

    public var exported: [[SpanData]] { locked { batches } }
    public var exportedCount: Int { exported.reduce(0) { $0 + $1.count } }
    /// Most exports that ran at the same time.
    public var mostAtOnce: Int { locked { maxRunning } }
    public var hasShutDown: Bool { locked { isShutDown } }

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        locked {
            running += 1
            entered += 1
            maxRunning = max(maxRunning, running)
            for entry in entries where entry.count <= entered { entry.outcome.resolve(()) }
            while !isOpen { condition.wait() }
            running -= 1
            if !fails { batches.append(spans) }
            return !fails
        }
    }

    public func shutdown(deadline: ContinuousClock.Instant) { locked { isShutDown = true } }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }
}
