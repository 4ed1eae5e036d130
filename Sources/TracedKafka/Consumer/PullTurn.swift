import SpanlinkRuntime

/// One pull at a time, in order of arrival.
final class PullTurn: Sendable {
    enum Entry: Sendable { case entered, cancelled, closed }

    private struct State {
        var isTaken = false
        var isClosed = false
        var nextID: UInt64 = 0
        var waiters = WaiterQueue<UnsafeContinuation<Entry, Never>>()
        /// Not among the waiters: a close does not send it away.
        var last: UnsafeContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Waits for the turn. Who entered leaves.
    nonisolated(nonsending) func enter() async -> Entry {
        let (entry, id): (Entry?, UInt64) = state.withLock { state in
            if state.isClosed { return (.closed, 0) }
            if !state.isTaken {
                state.isTaken = true
                return (.entered, 0)
            }
            state.nextID += 1
            return (nil, state.nextID)
        }
        if let entry { return entry }
        return await withTaskCancellationHandler {
            // Resumed once: by who takes it out of the queue, or here when it never got in.
            await withUnsafeContinuation { continuation in
                let entry: Entry? = state.withLock { state in
                    if state.isClosed { return .closed }
                    if Task.isCancelled { return .cancelled }
                    if !state.isTaken {
                        state.isTaken = true
                        return .entered
                    }
                    state.waiters.append(continuation, id: id)
                    return nil
                }
                if let entry { continuation.resume(returning: entry) }
            }
        } onCancel: {
            state.withLock { $0.waiters.remove(id: id) }?.resume(returning: .cancelled)
        }
    }

    func leave() {
        let (next, last) = state.withLock { state in
            let next = state.waiters.popFirst()
            let last = next == nil ? state.last.take() : nil
            state.isTaken = next != nil || last != nil
            return (next, last)
        }
        next?.resume(returning: .entered)
        last?.resume()
    }

    /// Lets nobody in any more, but for `enterLast`.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.waiters.removeAll()
        }
        for waiter in waiters { waiter.resume(returning: .closed) }
    }

    /// After `close`: waits until whoever is in has left. For one caller.
    nonisolated(nonsending) func enterLast() async {
        await withUnsafeContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.last = continuation
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }
}
