import SpanlinkRuntime

/// The types of values that asynchronous instruments observe: `Int64` and `Double`.
public protocol MetricValue: Sendable {}
extension Int64: MetricValue {}
extension Double: MetricValue {}

/// An asynchronous instrument: callbacks observe its values at each collection (metrics API, "Asynchronous Counter" and
/// following).
///
/// Made by ``MeterProvider/observableCounter(of:name:unit:description:scope:_:)`` and its siblings. Safe to use from any
/// thread.
public final class MetricObservable<Value: MetricValue>: Sendable {
    let callbacks: ObservableCallbacks<Value>
    private let isRegistered: Bool

    init(isRegistered: Bool) {
        self.isRegistered = isRegistered
        callbacks = ObservableCallbacks()
    }

    /// Has `callback` run at each collection, on the reader's thread. It must not block or collect, and observes each set of
    /// attributes once. A series that no callback observes is not reported.
    ///
    /// The callback and its captures are kept until ``MetricObservableCallback/cancel()``.
    @discardableResult
    public func onCollect(
        _ callback: @escaping @Sendable (MetricObserver<Value>) -> Void
    ) -> MetricObservableCallback {
        guard isRegistered else { return MetricObservableCallback {} }
        let id = callbacks.add(callback)
        return MetricObservableCallback { [callbacks] in callbacks.remove(id) }
    }
}

/// A callback of an asynchronous instrument.
public struct MetricObservableCallback: Sendable {
    let end: @Sendable () -> Void

    init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    /// Ends the callback: it does not run again, except in a collection that runs right now.
    public func cancel() { end() }
}

/// Takes the values of one run of a callback. It ignores values after the callback has returned.
public final class MetricObserver<Value: MetricValue>: Sendable {
    private struct State {
        var observations: [MetricObservation] = []
        var isOpen = true
    }

    private let state = Mutex(State())

    init() {}

    /// Reports a value: of a counter its total. A value that is not finite is ignored.
    public func observe(_ value: Value, attributes: Attributes = [:]) {
        guard let observed = Self.observed(value) else { return }
        state.withLock { state in
            if state.isOpen { state.observations.append(MetricObservation(value: observed, attributes: attributes)) }
        }
    }

    private static func observed(_ value: Value) -> MetricObservation.Value? {
        switch value {
        case let value as Int64: .int(value)
        case let value as Double: value.isFinite ? .double(value) : nil
        default: nil
        }
    }

    func close() -> [MetricObservation] {
        state.withLock { state in
            state.isOpen = false
            return state.observations
        }
    }
}

/// An asynchronous instrument as the registry collects it.
protocol ObservableInstrument: AnyObject, Sendable {
    /// Runs the callbacks in the order of their registration.
    func observe() -> [MetricObservation]
}

/// The callbacks of one asynchronous instrument.
final class ObservableCallbacks<Value: MetricValue>: ObservableInstrument {
    private struct State {
        var callbacks: [(id: UInt64, run: @Sendable (MetricObserver<Value>) -> Void)] = []
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    func add(_ callback: @escaping @Sendable (MetricObserver<Value>) -> Void) -> UInt64 {
        state.withLock { state in
            defer { state.next += 1 }
            state.callbacks.append((state.next, callback))
            return state.next
        }
    }

    func remove(_ id: UInt64) {
        // Released outside the lock: the closure may be the last to hold an object that comes back here.
        let removed = state.withLock { state in
            let removed = state.callbacks.filter { $0.id == id }.map(\.run)
            state.callbacks.removeAll { $0.id == id }
            return removed
        }
        _ = removed
    }

    func observe() -> [MetricObservation] {
        state.withLock { $0.callbacks.map(\.run) }.flatMap { callback in
            let observer = MetricObserver<Value>()
            callback(observer)
            return observer.close()
        }
    }
}
