import SpanlinkRuntime
import TracingCore

/// The one thread for every Kafka client of the process: waits in `poll` for the queues of librdkafka to wake up, and
/// for deadlines. It has no polling interval: with nothing to do it sleeps.
final class EventPoller: Sendable {
    /// Something to wait for. `handler` runs on the poller's thread, when the channel was signalled or the deadline passed.
    final class Source: Sendable {
        let channel: WakeupFD
        fileprivate let handler: @Sendable () -> Void
        fileprivate let deadline = Atomic<UInt64>(.max)
        fileprivate let poller: EventPoller

        fileprivate init(_ poller: EventPoller, _ handler: @escaping @Sendable () -> Void) throws {
            channel = try EventPoller.makeChannel()
            self.poller = poller
            self.handler = handler
        }

        /// Has the handler run at `time`, or never. One deadline a source: the last call counts. A deadline may fire
        /// late by a millisecond; one that was put off may still fire, so a handler looks at the clock itself.
        func setDeadline(_ time: MonotonicTime) {
            deadline.store(time.nanoseconds, ordering: .sequentiallyConsistent)
            if time.nanoseconds < poller.sleepsUntil.load(ordering: .sequentiallyConsistent) { poller.wakeup.signal() }
        }

        /// Ends the registration. `done` runs on the poller's thread; from then on the handler does not run any more.
        func unregister(_ done: @escaping @Sendable () -> Void) {
            poller.registry.withLock { registry in
                registry.sources.removeAll { $0 === self }
                registry.goodbyes.append(done)
                registry.version += 1
            }
            poller.wakeup.signal()
        }
    }

    private struct Registry {
        var sources: [Source] = []
        var goodbyes: [@Sendable () -> Void] = []
        var version = 0
    }

    private let registry = Mutex(Registry())
    private let wakeup: WakeupFD
    /// Up to when the thread sleeps; 0 while it is awake and looks at every deadline before it sleeps again.
    private let sleepsUntil = Atomic<UInt64>(0)

    private static let result = Result { try EventPoller() }

    /// The process's poller. Throws when the process has no file descriptor or thread left for it.
    static var shared: EventPoller { get throws { try result.get() } }

    private static func makeChannel() throws(KafkaError) -> WakeupFD {
        do { return try WakeupFD() } catch { throw KafkaError(.other, error.message) }
    }

    private init() throws {
        wakeup = try Self.makeChannel()
        // The thread never ends, and keeps the poller alive.
        let this = Unmanaged.passRetained(self)
        let started = startThread(named: "spanlink-kafka", this.toOpaque()) { raw in
            Unmanaged<EventPoller>.fromOpaque(raw).takeUnretainedValue().run()
        }
        guard started else { throw KafkaError(.other, "No thread can be started. Raise the process's limits.") }
    }

    func register(_ handler: @escaping @Sendable () -> Void) throws -> Source {
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
            let goodbyes = registry.withLock { registry in
                if registry.version != seen {
                    seen = registry.version
                    sources = registry.sources
                    descriptors = ([wakeup] + sources.map(\.channel)).map {
                        pollfd(fd: $0.readEnd, events: Int16(POLLIN), revents: 0)
                    }
                }
                defer { registry.goodbyes = [] }
                return registry.goodbyes
            }
            for goodbye in goodbyes { goodbye() }

            guard let timeout = sleep(sources) else { continue }
            let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
            sleepsUntil.store(0, ordering: .sequentiallyConsistent)
            if ready > 0, descriptors[0].revents != 0 { wakeup.clear() }
            var now: UInt64?
            for (index, source) in sources.enumerated() {
                let signalled = ready > 0 && descriptors[index + 1].revents != 0
                let deadline = source.deadline.load(ordering: .acquiring)
                var due = false
                if deadline != .max {
                    let time = now ?? MonotonicTime.now.nanoseconds
                    now = time
                    due = deadline <= time
                }
                guard signalled || due else { continue }
                if signalled { source.channel.clear() }
                if due {
                    // A later deadline may have come in between: it stays.
                    _ = source.deadline.compareExchange(
                        expected: deadline, desired: .max, ordering: .acquiringAndReleasing)
                }
                source.handler()
            }
        }
    }

    /// The time-out for `poll` in milliseconds, or nil when a deadline came in meanwhile and must be looked at again.
    private func sleep(_ sources: [Source]) -> Int32? {
        let until = nextDeadline(sources)
        // Announce, then look again: either this sees a new deadline, or its setter sees the announcement.
        sleepsUntil.store(until, ordering: .sequentiallyConsistent)
        guard nextDeadline(sources) >= until else { return nil }
        guard until != .max else { return -1 }
        let now = MonotonicTime.now.nanoseconds
        guard until > now else { return 0 }
        return Int32(clamping: (until - now) / 1_000_000 + 1)
    }

    private func nextDeadline(_ sources: [Source]) -> UInt64 {
        var next = UInt64.max
        for source in sources { next = min(next, source.deadline.load(ordering: .sequentiallyConsistent)) }
        return next
    }
}
