public import TracingCore

/// Packs messages while they are warm: each is shown once, its context parsed once, its facts copied.
public struct MessageLinksBuilder: Sendable {
    private let instrumentation: MessagingInstrumentation
    private let operation: MessagingOperation
    private let now: Timestamp
    @usableFromInline let external: (any ExternalTracer)?
    /// Whether the core's tracer takes contexts from messages.
    @usableFromInline let readsContext: Bool
    private var channels: [MessageChannel] = []
    private var lastChannel: Int32 = -1
    private var messages: [PackedMessage] = []
    private var linked: [Int32] = []
    private var keys: [UInt8] = []
    private var rare: [Int32: RareFacts] = [:]
    private var externalContexts: [ActiveContext?] = []

    /// A builder for messages that reach the application now.
    ///
    /// - Parameters:
    ///   - instrumentation: the client's conventions.
    ///   - backend: where spans over the messages will be recorded.
    ///   - capacity: how many messages are expected.
    public init(_ instrumentation: MessagingInstrumentation, backend: TracingBackend, capacity: Int) {
        self.init(instrumentation, operation: .process, backend: backend, capacity: capacity)
    }

    init(
        _ instrumentation: MessagingInstrumentation, operation: MessagingOperation, backend: TracingBackend,
        capacity: Int
    ) {
        self.instrumentation = instrumentation
        self.operation = operation
        self.now = .now
        self.external = backend.externalTracer
        self.readsContext = backend.propagatedFormats.contains(.traceContext)
        messages.reserveCapacity(capacity)
    }

    /// Adds one message.
    @inlinable
    public mutating func append(_ message: borrowing some TracedMessage) {
        var facts = MessageFacts()
        message.state(&facts)
        if let external {
            let context = ExternalHeaders.extract(message, external)
            append(facts, context: context?.span.context ?? .invalid, external: context, from: message.channel)
        } else {
            var reader = MessageContextReader()
            if readsContext { message.readHeaders { name, value in reader.read(name: name, value: value) } }
            append(facts, context: reader.finish() ?? .invalid, external: nil, from: message.channel)
        }
    }

    /// Adds a message whose context is known.
    @usableFromInline
    mutating func append(
        _ facts: MessageFacts, context: SpanContext, external: ActiveContext?, from channel: MessageChannel
    ) {
        let index = Int32(messages.count)
        let keyStart = Int32(truncatingIfNeeded: keys.count)
        let keyLength = instrumentation.options.recordsKeys ? append(facts.key) : -1
        var timeInQueue: Int64 = -1
        if instrumentation.options.recordsTimeInQueue, operation != .send, let timestamp = facts.timestamp {
            timeInQueue = TimeInQueue.nanoseconds(from: timestamp, to: now)
        }
        let isRare = !context.traceState.isEmpty || facts.hasRareFacts
        if isRare { rare[index] = RareFacts(facts, traceState: context.traceState) }
        messages.append(
            PackedMessage(
                traceHigh: context.traceID.high, traceLow: context.traceID.low, spanID: context.spanID.value,
                position: facts.position ?? 0, timeInQueue: timeInQueue, partition: facts.partition,
                channel: self.index(of: channel), keyStart: keyStart, keyLength: keyLength,
                traceFlags: context.traceFlags.rawValue, isRemote: context.isRemote,
                hasPosition: facts.position != nil, isTombstone: facts.isTombstone, hasRareFacts: isRare))
        if context.isValid || external != nil || instrumentation.options.linksWithoutContext {
            linked.append(index)
            if self.external != nil { externalContexts.append(external) }
        }
    }

    /// How long the key is that was added; negative without one.
    private mutating func append(_ key: MessageKey?) -> Int32 {
        let before = keys.count
        switch key {
        case nil: return -1
        case .bytes(let bytes):
            // A key without one plain text form is left out rather than guessed at.
            guard bytes.isPlainText else { return -1 }
            keys.append(contentsOf: bytes)
        case .text(let text): keys.append(contentsOf: text.utf8)
        }
        // Positions have 32 bits; nobody reads two gigabytes of keys.
        if keys.count > Int(Int32.max) {
            keys.removeSubrange(before...)
            return -1
        }
        return Int32(keys.count - before)
    }

    private mutating func index(of channel: MessageChannel) -> Int32 {
        if lastChannel >= 0, channels[Int(lastChannel)] === channel { return lastChannel }
        if let known = channels.firstIndex(where: { $0 === channel }) {
            lastChannel = Int32(known)
        } else {
            channels.append(channel)
            lastChannel = Int32(channels.count - 1)
        }
        return lastChannel
    }

    /// The packed messages; `nil` if there are none.
    ///
    /// - Parameter common: what the messages' destinations have in common, when there are several.
    public consuming func build(common: MessageChannel? = nil) -> MessageLinks? {
        guard !messages.isEmpty else { return nil }
        return MessageLinks(
            channels: channels, common: common, messages: messages,
            linked: linked.count == messages.count ? nil : linked, keys: keys,
            rare: rare, instrumentation: instrumentation, operation: operation, externalContexts: externalContexts)
    }
}
