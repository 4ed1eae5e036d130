import TestSupport
import TracingCore

/// Spans in the forms in which the pipeline hands them to encoders, each with the span object that says the same.
struct EndedSpans {
    private static let scope = InstrumentationScope(name: "kafka", version: "1.2")
    private static let resource = Resource(attributes: ["service.name": "orders"])
    private static let template = SpanTemplate(
        name: "send orders",
        attributes: AttributeSet(["messaging.system": "kafka", "server.port": 9092, "list": [1, ""]]),
        scope: scope)
    private static let number = AttributeKey.named("number")
    private static let share = AttributeKey.named("share")
    private static let flag = AttributeKey.named("flag")
    private static let text = AttributeKey.named("text")

    private var random: SplitMix
    private var telemetry: RandomTelemetry

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        telemetry = RandomTelemetry(seed: seed)
    }

    /// Runs `body` with a span of a template with facts and packed links.
    mutating func withPackedSpan<Result>(_ body: (borrowing EndedSpan, SpanData) -> Result) -> Result {
        var data = telemetry.spans(1)[0]
        data.scope = Self.scope
        data.resource = Self.resource
        data.name = Self.template.name
        let links = NumberedLinks(count: Int(random.next() % 5))
        let late = data.links
        data.links = links.indices.map { TraceSpan.Link(links.context(at: $0), attributes: links.attributes(at: $0)) }
        data.links.removeAll { !$0.isMeaningful }
        data.links += late
        let own = Array(data.attributes)
        let value = random.next()
        let string = String(repeating: "ü", count: Int(value % 80))
        return AttributeFacts.withList { facts in
            facts.append(Self.number, Int64(bitPattern: value))
            facts.append(Self.share, Double(value) / 7)
            facts.append(Self.flag, value % 2 == 0)
            facts.append(Self.text, string)
            data.attributes = Attributes(
                Array(Self.template.attributes.attributes) + own + facts.elements.map(\.attribute))
            var span = EndedSpan(
                Self.template, context: data.context, parent: data.parent, kind: data.kind, startTime: data.startTime,
                endTime: data.endTime)
            span.ownAttributes = own
            span.facts = facts.elements
            span.links = SpanLinks(links as any FactLinks)
            span.lateLinks = late
            span.fill(data)
            return body(span, data)
        }
    }

    /// Runs `body` with a span of a shared set of attributes, and one link without attributes.
    mutating func withSharedSpan<Result>(_ body: (borrowing EndedSpan, SpanData) -> Result) -> Result {
        var data = telemetry.spans(1)[0]
        data.scope = Self.scope
        data.resource = Self.resource
        let link = data.links.first?.context ?? data.context
        data.links = [TraceSpan.Link(link)]
        let own = Array(data.attributes)
        data.attributes = Attributes(Array(Self.template.attributes.attributes) + own)
        var span = EndedSpan(
            name: data.name, context: data.context, parent: data.parent, kind: data.kind, startTime: data.startTime,
            endTime: data.endTime, sharedAttributes: Self.template.attributes)
        span.ownAttributes = own
        span.links = SpanLinks(link)
        span.fill(data)
        return body(span, data)
    }
}

extension EndedSpan {
    fileprivate mutating func fill(_ data: SpanData) {
        events = data.events
        status = data.status
        droppedAttributesCount = data.droppedAttributesCount
        droppedEventsCount = data.droppedEventsCount
        droppedLinksCount = data.droppedLinksCount
    }
}

/// Packed links: the context of link n is n, and its facts are n; link 0 refers to nothing and has no attribute.
final class NumberedLinks: FactLinks {
    private static let offset = AttributeKey.named("messaging.kafka.offset")
    private static let label = AttributeKey.named("label")
    private static let shared = AttributeSet(["shared": true, "other": .bytes([1, 2])])

    let count: Int
    var estimatedSize: Int { 16 * count }
    var indices: Range<Int> { 0..<count }

    init(count: Int) { self.count = count }

    func context(at index: Int) -> SpanContext {
        SpanContext(
            traceID: TraceID(high: 0, low: UInt64(index)), spanID: SpanID(UInt64(index)), traceFlags: [.sampled],
            isRemote: index % 2 == 1)
    }

    func attributes(at index: Int) -> Attributes {
        guard index > 0 else { return [:] }
        var attributes = index % 3 == 0 ? Attributes(on: Self.shared) : Attributes()
        attributes.append("messaging.kafka.offset", .int(Int64(index) * 1_000))
        attributes.append("label", .string(String(repeating: "x", count: index * 40)))
        return attributes
    }

    func describe(_ index: Int, into record: inout LinkRecord) {
        record.traceID = TraceID(high: 0, low: UInt64(index))
        record.spanID = SpanID(UInt64(index))
        record.traceFlags = [.sampled]
        record.isRemote = index % 2 == 1
        guard index > 0 else { return }
        if index % 3 == 0 { record.sharedAttributes = .passUnretained(Self.shared) }
        record.facts.append(Self.offset, Int64(index) * 1_000)
        record.facts.append(Self.label, String(repeating: "x", count: index * 40))
    }
}
