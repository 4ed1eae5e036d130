public import TracingCore

/// Spans and metrics of every shape, the same for the same seed.
public struct RandomTelemetry {
    private var random: SplitMix
    private let resources: [Resource] = [
        Resource(attributes: ["service.name": "orders", "process.pid": 42], schemaURL: "https://schema/resource"),
        Resource(attributes: ["service.name": "billing"]),
        Resource(),
    ]
    private let scopes: [InstrumentationScope] = [
        InstrumentationScope(name: "kafka", version: "1.2", schemaURL: "https://schema/scope", attributes: ["s": true]),
        InstrumentationScope(name: "amqp"), InstrumentationScope(name: ""),
    ]

    public init(seed: UInt64) { random = SplitMix(seed: seed) }

    public mutating func spans(_ count: Int) -> [SpanData] { (0..<count).map { _ in span() } }

    public mutating func metrics(_ count: Int) -> [MetricData] { (0..<count).map { _ in metric() } }

    /// Times that a clock may show, and the ends of what can be said.
    public mutating func time() -> Timestamp {
        let nanoseconds: UInt64 =
            oneIn(20)
            ? [0, 1, .max].randomElement(using: &random)! : 1_700_000_000_000_000_000 + number(below: 1 << 50)
        return Timestamp(nanosecondsSinceEpoch: nanoseconds)
    }

    private mutating func oneIn(_ count: UInt64) -> Bool { number(below: count) == 0 }
    private mutating func number(below bound: UInt64) -> UInt64 { UInt64.random(in: 0..<bound, using: &random) }
    private mutating func count(_ limit: Int) -> Int { Int(number(below: UInt64(limit + 1))) }

    private mutating func span() -> SpanData {
        var context = context()
        context.isRemote = false
        var parent: SpanContext?
        if !oneIn(3) {
            parent = SpanContext(
                traceID: context.traceID, spanID: SpanID(number(below: .max) + 1), isRemote: oneIn(2))
        }
        let statuses: [TraceSpan.Status] = [.unset, .ok, .error(), .error("why \u{1F4A5}")]
        return SpanData(
            name: text(), kind: TraceSpan.Kind.allCases.randomElement(using: &random)!, context: context,
            parent: parent, startTime: time(), endTime: time(), attributes: attributes(),
            events: (0..<count(3)).map { _ in event() }, links: (0..<count(4)).map { _ in link() },
            status: statuses.randomElement(using: &random)!, droppedAttributesCount: dropped(),
            droppedEventsCount: dropped(), droppedLinksCount: dropped(),
            scope: scopes.randomElement(using: &random)!, resource: resources.randomElement(using: &random)!)
    }

    private mutating func dropped() -> Int { oneIn(3) ? Int(number(below: 1 << 32)) : 0 }

    private mutating func context() -> SpanContext {
        var context = SpanContext(
            traceID: TraceID(high: number(below: .max), low: number(below: .max) + 1),
            spanID: SpanID(number(below: .max) + 1), traceFlags: TraceFlags(rawValue: UInt8(number(below: 4))),
            isRemote: oneIn(2))
        for index in 0..<count(3) { context.traceState.set("vendor\(index)", "value-\(number(below: 1 << 40))") }
        return context
    }

    private mutating func event() -> TraceSpan.Event {
        var event = TraceSpan.Event(name: text(), attributes: attributes(), time: time())
        event.droppedAttributesCount = dropped()
        return event
    }

    private mutating func link() -> TraceSpan.Link {
        var link = TraceSpan.Link(context(), attributes: attributes())
        link.droppedAttributesCount = dropped()
        return link
    }

    private mutating func attributes() -> Attributes {
        var own = Attributes((0..<count(5)).map { Attribute("key.\($0)", value(depth: 0)) })
        guard oneIn(3) else { return own }
        // Part of them shared, as a client's are.
        let shared = AttributeSet(["shared.one": "1", "shared.two": .int(Int64.min)])
        let top = own
        own = Attributes(on: shared)
        own.merge(top)
        return own
    }

    private mutating func value(depth: Int) -> AttributeValue {
        switch number(below: depth < 4 ? 7 : 5) {
        case 0: return .string(text())
        case 1: return .bool(oneIn(2))
        case 2: return .int([0, 1, -1, .min, .max, 127, 128, 16_384].randomElement(using: &random)!)
        case 3: return .double([0, -0.0, 1.5, -.infinity, .infinity, 2.5e-308, .pi].randomElement(using: &random)!)
        case 4: return .bytes((0..<count(200)).map { _ in UInt8(number(below: 256)) })
        case 5: return .array((0..<count(4)).map { _ in value(depth: depth + 1) })
        default:
            return .map(
                Dictionary(uniqueKeysWithValues: (0..<count(4)).map { ("k\($0)", value(depth: depth + 1)) }))
        }
    }

    private mutating func text() -> String {
        let texts = ["", "send orders", "ß € 𝄞 👩‍👩‍👧", "a\u{0}b\"\\\n", String(repeating: "x", count: 127)]
        return oneIn(10)
            ? String(repeating: "long ", count: Int(number(below: 5_000))) : texts.randomElement(using: &random)!
    }

    private mutating func metric() -> MetricData {
        let kinds: [MetricData.Kind] = [
            .sum(isMonotonic: true), .sum(isMonotonic: false), .gauge, .histogram, .exponentialHistogram,
        ]
        let kind = kinds.randomElement(using: &random)!
        return MetricData(
            name: "metric.\(number(below: 100))", unit: text(), description: text(),
            scope: scopes.randomElement(using: &random)!, kind: kind,
            temporality: kind == .gauge || oneIn(2) ? .cumulative : .delta,
            points: (0..<count(4)).map { _ in point(kind) })
    }

    private mutating func point(_ kind: MetricData.Kind) -> MetricPoint {
        let value: MetricPoint.Value
        switch kind {
        case .sum where oneIn(3): value = .double([0, 1.5, -0.25].randomElement(using: &random)!)
        case .sum: value = .int([0, 1, -5, .max].randomElement(using: &random)!)
        case .gauge: value = .double([0, 0.25, -1e300].randomElement(using: &random)!)
        case .histogram:
            let bounds: [Double] = oneIn(3) ? [] : [0, 0.005, 10]
            value = .histogram(
                HistogramValue(
                    bounds: bounds, bucketCounts: bounds.isEmpty ? [] : (0...3).map { _ in number(below: 1_000) },
                    count: number(below: 4_000), sum: 0.5, min: oneIn(2) ? 0 : nil, max: oneIn(2) ? 12.5 : nil))
        case .exponentialHistogram:
            let isEmpty = oneIn(4)
            value = .exponentialHistogram(
                ExponentialHistogramValue(
                    scale: [-10, -1, 0, 20].randomElement(using: &random)!, zeroCount: number(below: 3),
                    offset: isEmpty ? 0 : [-1_000_000, -1, 0, 7].randomElement(using: &random)!,
                    bucketCounts: isEmpty ? [] : (0...3).map { _ in number(below: 1_000) },
                    count: number(below: 4_000), sum: 0.5, min: oneIn(2) ? 0 : nil, max: oneIn(2) ? 12.5 : nil))
        }
        // A gauge has no start.
        let start = kind == .gauge ? Timestamp(nanosecondsSinceEpoch: 0) : time()
        return MetricPoint(
            attributes: attributes(), start: start, time: time(), value: value,
            exemplars: (0..<count(3)).map { _ in exemplar() })
    }

    private mutating func exemplar() -> Exemplar {
        let hasSpan = !oneIn(4)
        return Exemplar(
            value: oneIn(2) ? .int(-3) : .double(0.75), time: time(),
            traceID: hasSpan ? TraceID(high: number(below: .max), low: 1) : .invalid,
            spanID: hasSpan ? SpanID(number(below: .max) | 1) : .invalid, filteredAttributes: attributes())
    }
}
