// The one file of the core that differs by trait: where the active context is kept. What it offers without the trait it
// offers with it too; the trait only adds.
#if DistributedTracing
// Not `ServiceContextModule`: later versions have the context in a module of their own, and this one has it in all.
public import Tracing

/// What is active in a task: the span that new spans become children of, baggage, and where spans are recorded.
///
/// A task-local value that child tasks inherit. All of it is one key of swift-distributed-tracing's `ServiceContext`, so
/// that its spans and ours see each other.
public struct ActiveContext: Sendable {
    /// swift-distributed-tracing's view of the same context, other libraries' keys included.
    public private(set) var serviceContext: ServiceContext

    /// The active context within `serviceContext`.
    public init(_ serviceContext: ServiceContext) { self.serviceContext = serviceContext }

    var state: ContextState? {
        get { serviceContext[ContextStateKey.self] }
        set { serviceContext[ContextStateKey.self] = newValue }
    }

    /// Nothing is active.
    public static var none: ActiveContext { ActiveContext(.topLevel) }

    /// What is active in the current task.
    public static var current: ActiveContext { ActiveContext(.current ?? .topLevel) }

    /// Runs `body` with this context active, in the caller's isolation.
    public func withActive<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await ServiceContext.$current.withValue(serviceContext, operation: body, isolation: isolation)
    }

    /// Runs `body` with this context active.
    public func withActive<Result>(_ body: () throws -> Result) rethrows -> Result {
        try ServiceContext.$current.withValue(serviceContext, operation: body)
    }

    /// This context with all keys of `other` on top.
    mutating func overlay(_ other: ActiveContext) {
        other.serviceContext.forEach { key, value in
            if let type = key.keyType as? any ServiceContextKey.Type { serviceContext.set(type, value) }
        }
    }
}

extension ServiceContext {
    fileprivate mutating func set<Key: ServiceContextKey>(_ key: Key.Type, _ value: Any) {
        if let value = value as? Key.Value { self[key] = value }
    }
}

private enum ContextStateKey: ServiceContextKey {
    typealias Value = ContextState
    static var nameOverride: String? { "spanlink" }
}
#else
/// What is active in a task: the span that new spans become children of, baggage, and where spans are recorded.
///
/// A task-local value that child tasks inherit.
public struct ActiveContext: Sendable {
    var state: ContextState?

    @TaskLocal private static var taskLocal: ContextState?

    /// Nothing is active.
    public static var none: ActiveContext { ActiveContext(state: nil) }

    /// What is active in the current task.
    public static var current: ActiveContext { ActiveContext(state: taskLocal) }

    /// Runs `body` with this context active, in the caller's isolation.
    public func withActive<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await Self.$taskLocal.withValue(state, operation: body, isolation: isolation)
    }

    /// Runs `body` with this context active.
    public func withActive<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$taskLocal.withValue(state, operation: body)
    }

    /// This context with what `other` says on top.
    mutating func overlay(_ other: ActiveContext) {
        if let state = other.state { self.state = state }
    }
}
#endif
