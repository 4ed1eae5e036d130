/// A span: an operation that is being traced (OpenTelemetry trace API, "Span").
///
/// A small handle, free to copy. It may stand for a span that records, for one that was dropped by sampling and only
/// carries its context on, or for a span of another library's tracer. All methods are safe to call from any thread; after
/// ``end(at:)`` they do nothing. None throws, none blocks.
public struct TraceSpan: Sendable {
    @usableFromInline
    enum Storage: Sendable {
        /// Nothing is recorded; the context is passed on. An invalid context: there is no span at all.
        case propagating(SpanContext)
        case recorded(RecordingSpan)
        case external(any ExternalSpan)
    }

    @usableFromInline let storage: Storage

    @usableFromInline
    init(_ storage: Storage) { self.storage = storage }

    /// A span that records nothing and carries `context` on: what was extracted from a carrier, or dropped by sampling.
    public init(propagating context: SpanContext) { self.storage = .propagating(context) }

    /// A span of another library's tracer.
    public init(external span: any ExternalSpan) { self.storage = .external(span) }

    /// No span: its context is invalid, everything done with it does nothing.
    public static let none = TraceSpan(propagating: .invalid)

    /// What identifies the span and travels with messages.
    ///
    /// Of a span of another library's tracer: what that tracer's W3C headers say, invalid where it writes none.
    @inlinable public var context: SpanContext {
        switch storage {
        case .propagating(let context): context
        case .recorded(let span): span.context
        case .external(let span): span.spanContext
        }
    }

    /// Whether what is set on the span is kept. A span that was dropped by sampling, or has ended, does not record.
    public var isRecording: Bool {
        switch storage {
        case .propagating: false
        case .recorded(let span): span.isRecording
        case .external(let span): span.isRecording
        }
    }

    /// The context in which children of this span run: it, with the baggage of the current task.
    public var activeContext: ActiveContext {
        switch storage {
        case .external(let span): span.activeContext
        case .propagating(let context) where context.isRemote: remoteContext(context)
        default: ActiveContext.current.with(span: self)
        }
    }

    /// A tracer of another library is told of a span from elsewhere in its own terms.
    private func remoteContext(_ context: SpanContext) -> ActiveContext {
        let current = ActiveContext.current
        guard context.isValid, let external = TracingBackend.resolve(nil, in: current).externalTracer else {
            return current.with(span: self)
        }
        return external.context(of: context, in: current)
    }

    /// The span as it is recorded, when the core records it.
    package var recorded: RecordingSpan? {
        if case .recorded(let span) = storage { span } else { nil }
    }

    /// Runs `body` with this span active: spans started inside are its children unless they say otherwise.
    ///
    /// The body runs in the caller's isolation. The span is not ended.
    public func withActive<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await activeContext.withActive(isolation: isolation, body)
    }

    /// Runs `body` with this span active. The span is not ended.
    public func withActive<Result>(_ body: () throws -> Result) rethrows -> Result {
        try activeContext.withActive(body)
    }
}

// MARK: - Recording

extension TraceSpan {
    /// Renames the span. Samplers have seen the first name.
    public func updateName(_ name: String) {
        switch storage {
        case .propagating: break
        case .recorded(let span): span.updateName(name)
        case .external(let span): span.updateName(name)
        }
    }

    /// Sets an attribute; `nil` is ignored, a value that is there is replaced.
    public func setAttribute(_ key: String, _ value: AttributeValue?) {
        guard let value else { return }
        switch storage {
        case .propagating: break
        case .recorded(let span): span.setAttribute(key, value)
        case .external(let span): span.setAttributes([key: value])
        }
    }

    /// Sets several attributes at once.
    public func setAttributes(_ attributes: Attributes) {
        switch storage {
        case .propagating: break
        case .recorded(let span): span.setAttributes(attributes)
        case .external(let span): span.setAttributes(attributes)
        }
    }

    /// Adds an event at `time` (now unless said).
    public func addEvent(_ name: String, attributes: Attributes = [:], at time: Timestamp? = nil) {
        guard isRecording else { return }
        let event = Event(name: name, attributes: attributes, time: time ?? .now)
        switch storage {
        case .propagating: break
        case .recorded(let span): span.addEvent(event)
        case .external(let span): span.addEvent(event)
        }
    }

    /// Adds a link. Samplers see only the links that a span was started with: give them there when they are known.
    public func addLink(_ link: Link) {
        switch storage {
        case .propagating: break
        case .recorded(let span): span.addLink(link)
        case .external(let span): span.addLink(link)
        }
    }

    /// Sets the status by OpenTelemetry's order: `ok` is final, `unset` is ignored.
    public func setStatus(_ status: Status) {
        switch storage {
        case .propagating: break
        case .recorded(let span): span.setStatus(status)
        case .external(let span): span.setStatus(status)
        }
    }

    /// Records `error` as an event named `exception` (type and message), as OpenTelemetry's `RecordException`.
    ///
    /// The message is the error's whole text, which may hold a payload; ``TracingBackend/withSpan(_:kind:parent:attributes:links:linkLimit:scope:isolation:_:)``
    /// leaves it out by default. The status is the caller's to set.
    public func recordError(_ error: any Error, attributes: Attributes = [:], at time: Timestamp? = nil) {
        recordError(error, withMessage: true, attributes: attributes, at: time)
    }

    func recordError(_ error: any Error, withMessage: Bool, attributes: Attributes = [:], at time: Timestamp? = nil) {
        guard isRecording else { return }
        if case .external(let span) = storage {
            span.recordError(error, attributes: attributes, at: time)
            return
        }
        var all: Attributes = ["exception.type": .string(ErrorTypeName.of(error))]
        if withMessage { all["exception.message"] = .string(String(describing: error)) }
        all.merge(attributes)
        addEvent("exception", attributes: all, at: time)
    }

    /// Ends the span at `time` (now unless said). Only the first end counts; children may go on.
    @inlinable
    public func end(at time: Timestamp? = nil) {
        switch storage {
        case .propagating: break
        case .recorded(let span): span.end(at: time)
        case .external(let span): span.end(at: time)
        }
    }

    /// Adds what became known last and ends the span, in one step. The keys must be new to the span: they are not looked up.
    package func end(
        at time: Timestamp?, adding first: Attribute?, _ second: Attribute? = nil, _ third: Attribute? = nil,
        status: Status = .unset
    ) {
        switch storage {
        case .propagating: break
        case .recorded(let span): span.end(at: time, adding: first, second, third, status: status)
        case .external(let span):
            let attributes = Attributes([first, second, third].compactMap(\.self))
            if !attributes.isEmpty { span.setAttributes(attributes) }
            if status != .unset { span.setStatus(status) }
            span.end(at: time)
        }
    }

    /// Adds attributes and ends the span.
    func end(at time: Timestamp?, adding attributes: Attributes, status: Status) {
        if !attributes.isEmpty { setAttributes(attributes) }
        if status != .unset { setStatus(status) }
        end(at: time)
    }
}

extension TraceSpan: CustomStringConvertible {
    /// The identity of the span.
    public var description: String { "\(context)" }
}
