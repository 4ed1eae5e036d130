/// The links that a span starts with, in order.
///
/// One link and links that another module keeps packed (``PackedLinks``) cost no array of ``TraceSpan/Link``: links are
/// only spelled out when something asks for their attributes, as an exporter does.
public struct SpanLinks: Sendable {
    @usableFromInline
    enum Storage: Sendable {
        case none
        case one(SpanContext)
        case list([TraceSpan.Link])
        case packed(any PackedLinks)
        case facts(any FactLinks)
    }

    @usableFromInline let storage: Storage
    /// How many of them count: the span's limit may cut the rest off.
    public let count: Int
    /// What a tracer of another library needs of a link's target beyond its span context, by position; empty without one.
    @usableFromInline var externalContexts: [ActiveContext?] = []

    @usableFromInline
    init(_ storage: Storage, count: Int) {
        self.storage = storage
        self.count = count
    }

    /// No links.
    @inlinable public static var none: SpanLinks { SpanLinks(.none, count: 0) }

    /// One link without attributes.
    @inlinable
    public init(_ context: SpanContext) { self.init(.one(context), count: 1) }

    /// The given links.
    @inlinable
    public init(_ links: [TraceSpan.Link]) { self.init(.list(links), count: links.count) }

    /// Links that are kept packed.
    @inlinable
    public init(_ links: any PackedLinks) { self.init(.packed(links), count: links.count) }

    /// Links that are kept packed and described as plain data.
    package init(_ links: any FactLinks) { self.init(.facts(links), count: links.count) }

    /// The same links with what another library's tracer extracted for each of them.
    public func with(externalContexts: [ActiveContext?]) -> SpanLinks {
        var links = self
        links.externalContexts = externalContexts
        return links
    }

    /// What another library's tracer extracted for the link at `index`.
    public func externalContext(at index: Int) -> ActiveContext? {
        index < externalContexts.count ? externalContexts[index] : nil
    }

    /// The first `limit` links.
    func limited(to limit: Int) -> SpanLinks { limit < count ? SpanLinks(storage, count: Swift.max(0, limit)) : self }

    /// These links without those that say nothing; packed ones are looked at when they are spelled out.
    var meaningful: SpanLinks {
        switch storage {
        case .none, .packed, .facts: return self
        case .one(let context): return TraceSpan.Link(context).isMeaningful ? self : .none
        case .list(let links):
            return links.allSatisfy(\.isMeaningful) ? self : SpanLinks(links.filter(\.isMeaningful))
        }
    }

    /// These links with the limits of attributes applied, unless they are packed.
    func limited(by limits: SpanLimits) -> SpanLinks {
        guard case .list(let links) = storage, links.contains(where: { !limits.allow($0) }) else { return self }
        var limited = SpanLinks(.list(links.map(limits.limited)), count: count)
        limited.externalContexts = externalContexts
        return limited
    }

    /// Whether an encoder has to apply the limits: packed links are not looked at before.
    func mayExceed(_ limits: SpanLimits) -> Bool {
        switch storage {
        case .none, .one, .list: false
        case .packed: true
        case .facts: !limits.allowPlainFacts
        }
    }

    /// The target of the link at `index`, without its attributes.
    @inlinable
    public func context(at index: Int) -> SpanContext {
        switch storage {
        case .none: .invalid
        case .one(let context): context
        case .list(let links): links[index].context
        case .packed(let links): links.context(at: index)
        case .facts(let links): links.context(at: index)
        }
    }

    /// A rough size in bytes.
    var estimatedSize: Int {
        switch storage {
        case .none: 0
        case .one: 48
        case .list(let links): links.prefix(count).reduce(0) { $0 + $1.estimatedSize }
        case .packed(let links): links.estimatedSize
        case .facts(let links): links.estimatedSize
        }
    }
}

extension SpanLinks: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(position: Int) -> TraceSpan.Link {
        switch storage {
        case .none: preconditionFailure("no link at \(position): the collection is empty")
        case .one(let context): TraceSpan.Link(context)
        case .list(let links): links[position]
        case .packed(let links):
            TraceSpan.Link(links.context(at: position), attributes: links.attributes(at: position))
        case .facts(let links):
            TraceSpan.Link(links.context(at: position), attributes: links.attributes(at: position))
        }
    }
}

extension SpanLinks: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: TraceSpan.Link...) { self.init(elements) }
}

/// Links kept in a compact form by who made them: a context and a few typed facts each.
///
/// What is read must not change once a span was started with it. Called from any thread.
public protocol PackedLinks: AnyObject, Sendable {
    /// How many links there are.
    var count: Int { get }
    /// The target of the link at `index`.
    func context(at index: Int) -> SpanContext
    /// The attributes of the link at `index`, spelled out; called when a span is exported.
    func attributes(at index: Int) -> Attributes
    /// A rough size of all links in bytes, by which queues bound their memory.
    var estimatedSize: Int { get }
}

/// Packed links that an encoder reads as plain data, without an object for a link.
@usableFromInline
package protocol FactLinks: PackedLinks {
    /// Describes the link at `index`: its target, shared attributes and facts, the same as ``PackedLinks/context(at:)`` and
    /// ``PackedLinks/attributes(at:)`` say. Borrowed text lives as long as the object. `record` is empty before the call.
    func describe(_ index: Int, into record: inout LinkRecord)
}

/// One link as plain data.
@usableFromInline
package struct LinkRecord: ~Copyable {
    package var traceID = TraceID.invalid
    package var spanID = SpanID.invalid
    package var traceFlags = TraceFlags()
    package var isRemote = false
    package var traceState = TraceState()
    /// Attributes before the facts. Unretained: the links keep the set.
    package var sharedAttributes: Unmanaged<AttributeSet>?
    package var facts: AttributeFacts

    /// Runs `body` with an empty record in memory of the stack.
    @inline(__always)
    package static func withRecord<Result>(_ body: (inout LinkRecord) -> Result) -> Result {
        AttributeFacts.withMemory { memory in
            var record = LinkRecord(facts: AttributeFacts(memory))
            return body(&record)
        }
    }

    /// Makes the record empty, for the next link.
    @inline(__always)
    package mutating func reset() {
        traceState = TraceState()
        sharedAttributes = nil
        facts.removeAll()
    }
}

extension SpanLinks {
    /// How the links are stored, for encoders.
    package enum Form {
        case none
        case one(SpanContext)
        /// The first ``SpanLinks/count`` of these.
        case list([TraceSpan.Link])
        case packed(any PackedLinks)
        case facts(any FactLinks)
    }

    package var form: Form {
        switch storage {
        case .none: .none
        case .one(let context): .one(context)
        case .list(let links): .list(links)
        case .packed(let links): .packed(links)
        case .facts(let links): .facts(links)
        }
    }
}
