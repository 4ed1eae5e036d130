import SpanlinkRuntime
public import TracingCore

/// A tracer in memory for one task tree: what is traced and measured inside ``run(isolation:_:)`` ends up here, whatever
/// clients and the process are set up to do. Tests that run at the same time do not see each other's spans.
///
///     let tracing = InMemoryTracing()
///     try await tracing.run { try await service.handle(order) }
///     #expect(tracing.spans(named: "process orders")[0].links.count == 500)
public final class InMemoryTracing: Sendable {
    /// The backend, for clients that take one.
    public let backend: TracingBackend
    /// What was measured.
    public let metrics = InMemoryMetricReader()
    private let collector = SpanCollector()

    /// An empty tracer.
    public init(
        sampler: Sampler = .parentBased(root: .alwaysOn), limits: SpanLimits = SpanLimits(),
        resource: Resource = Resource()
    ) {
        backend = .core(
            TracerProvider(
                resource: resource, processors: [SimpleSpanProcessor(exporter: collector)], sampler: sampler,
                limits: limits, meterProvider: MeterProvider(resource: resource, readers: [metrics])))
    }

    /// Runs `body` with this tracer for its task tree, in the caller's isolation.
    public func run<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await backend.withBackend(isolation: isolation, body)
    }

    /// The spans that have ended, in that order.
    public var spans: [SpanData] { collector.spans }

    /// The ended spans of that name.
    public func spans(named name: String) -> [SpanData] { spans.filter { $0.name == name } }

    /// Forgets the spans so far.
    public func reset() { collector.reset() }

    /// Waits until the ended spans fulfil `condition` and returns them.
    ///
    /// - Throws: ``SpanMismatch`` with the spans that are there when `timeout` is over.
    @discardableResult
    public func wait(
        timeout: Duration = .seconds(30), until condition: @escaping @Sendable ([SpanData]) -> Bool
    ) async throws -> [SpanData] {
        guard let spans = await collector.wait(until: condition, deadline: .now + timeout) else {
            throw SpanMismatch("after \(timeout) the condition does not hold. Ended spans: \(spans.map(\.name))")
        }
        return spans
    }

    /// Waits until `count` spans of that name have ended and returns them.
    @discardableResult
    public func wait(
        for count: Int, spansNamed name: String, timeout: Duration = .seconds(30)
    ) async throws -> [SpanData] {
        try await wait(timeout: timeout) { $0.count { $0.name == name } >= count }.filter { $0.name == name }
    }
}

/// Keeps ended spans and wakes who waits for them.
private final class SpanCollector: SpanExporter {
    private struct Waiter {
        let condition: @Sendable ([SpanData]) -> Bool
        let outcome: Promise<[SpanData]>
    }

    private struct State {
        var spans: [SpanData] = []
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    var spans: [SpanData] { state.withLock { $0.spans } }

    func reset() { state.withLock { $0.spans = [] } }

    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.spans += spans
            let all = state.spans
            state.waiters.removeAll { waiter in
                guard waiter.condition(all) else { return false }
                waiter.outcome.resolve(all)
                return true
            }
        }
        return true
    }

    func wait(
        until condition: @escaping @Sendable ([SpanData]) -> Bool, deadline: ContinuousClock.Instant
    ) async -> [SpanData]? {
        let outcome = Promise<[SpanData]>()
        state.withLock { state in
            if condition(state.spans) {
                outcome.resolve(state.spans)
            } else {
                state.waiters.append(Waiter(condition: condition, outcome: outcome))
            }
        }
        return await outcome.value(by: deadline)
    }
}
