/// A thread that waits in `poll` for wake-ups and deadlines of many sources. It has no polling interval: without work it
/// sleeps. All methods may be called from any thread.
package final class EventPoller: Sendable {
    /// A wake-up and a deadline with the handler for both, which runs on the poller's thread.
    package final class Source: Sendable {
        package let wakeup: WakeupFD
        fileprivate let handler: @Sendable () -> Void
        fileprivate let deadline = Atomic<UInt64>(.max)
        private let poller: EventPoller

        fileprivate init(_ poller: EventPoller, _ handler: @escaping @Sendable () -> Void) throws(ResourceLimitError) {
            wakeup = try WakeupFD()
            self.poller = poller
            self.handler = handler
        }

        /// Lets the handler run at `time`, or at no time (`never`). A source has one deadline: the last call counts.
        ///
        /// The handler may run a millisecond late, and also at an earlier deadline that was replaced: it reads the clock
        /// itself.
        package func setDeadline(_ time: MonotonicTime) {
            deadline.store(time.nanoseconds, ordering: .sequentiallyConsistent)
            if time.nanoseconds < poller.sleepsUntil.load(ordering: .sequentiallyConsistent) { poller.wakeup.signal() }
        }

        /// Ends the registration. `done` runs on the poller's thread; from then on the handler does not run.
        package func unregister(_ done: @escaping @Sendable () -> Void) {
            poller.registry.withLock { registry in
                registry.sources.removeAll { $0 === self }
                registry.farewells.append(done)
                registry.version += 1
            }
            poller.wakeup.signal()
        }
    }

    private struct Registry {
        var sources: [Source] = []
        /// The `done` of sources that were unregistered since the thread last looked.
        var farewells: [@Sendable () -> Void] = []
        var version = 0
    }

    private let registry = Mutex(Registry())
    private let wakeup: WakeupFD
    /// Monotonic time, in ns, until which the thread sleeps; 0 while it is awake, since it reads every deadline before it
    /// sleeps again.
    private let sleepsUntil = Atomic<UInt64>(0)

    /// Starts the thread. It never ends, and keeps the poller alive.
    package init(threadName: String) throws(ResourceLimitError) {
        wakeup = try WakeupFD()
        guard DetachedThread.start(name: threadName, { [self] in run() }) else {
            throw ResourceLimitError(message: "Cannot start a thread. Raise the limit on threads of the process")
        }
    }

    /// Adds a source. The poller keeps it, and what `handler` captures, until ``Source/unregister(_:)``.
    package func register(_ handler: @escaping @Sendable () -> Void) throws(ResourceLimitError) -> Source {
        let source = try Source(self, handler)
        registry.withLock { registry in
            registry.sources.append(source)
            registry.version += 1
        }
        wakeup.signal()
        return source
    }

    private func run() -> Never {
        var seen = -1
        var sources: [Source] = []
        var descriptors: [pollfd] = []
        while true {
            let farewells = registry.withLock { registry in
                if registry.version != seen {
                    seen = registry.version
                    sources = registry.sources
                    descriptors = ([wakeup] + sources.map(\.wakeup)).map {
                        pollfd(fd: $0.readEnd, events: Int16(POLLIN), revents: 0)
                    }
                }
                defer { registry.farewells = [] }
                return registry.farewells
            }
            for done in farewells { done() }

            guard let timeout = sleepTimeout(sources) else { continue }
            let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
            sleepsUntil.store(0, ordering: .sequentiallyConsistent)
            if ready > 0, descriptors[0].revents != 0 { wakeup.clear() }
            var now: UInt64?
            for (index, source) in sources.enumerated() {
                let isSignalled = ready > 0 && descriptors[index + 1].revents != 0
                let deadline = source.deadline.load(ordering: .acquiring)
                var isDue = false
                if deadline != .max {
                    let time = now ?? MonotonicTime.now.nanoseconds
                    now = time
                    isDue = deadline <= time
                }
                guard isSignalled || isDue else { continue }
                if isSignalled { source.wakeup.clear() }
                if isDue {
                    // A deadline that was set since the load stays.
                    _ = source.deadline.compareExchange(
                        expected: deadline, desired: .max, ordering: .acquiringAndReleasing)
                }
                source.handler()
            }
        }
    }

    /// The time-out for `poll` in milliseconds; `nil` if an earlier deadline was set meanwhile.
    private func sleepTimeout(_ sources: [Source]) -> Int32? {
        let until = nextDeadline(sources)
        // Announce, then look again: either this sees a new deadline, or its setter sees the announcement.
        sleepsUntil.store(until, ordering: .sequentiallyConsistent)
        guard nextDeadline(sources) >= until else { return nil }
        return MonotonicTime(nanoseconds: until).pollTimeout
    }

    private func nextDeadline(_ sources: [Source]) -> UInt64 {
        var next = UInt64.max
        for source in sources { next = min(next, source.deadline.load(ordering: .sequentiallyConsistent)) }
        return next
    }
}
