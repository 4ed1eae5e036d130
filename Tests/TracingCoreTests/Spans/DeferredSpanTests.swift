import TestSupport
import Testing
import TracingCore

/// A deferred span says the same whether it becomes bytes or an object.
@Suite struct DeferredSpanTests {
    private enum Key {
        static let offset = AttributeKey.named("offset")
        static let partition = AttributeKey.named("partition")
        static let ratio = AttributeKey.named("ratio")
        static let flag = AttributeKey.named("flag")
        static let error = AttributeKey.named("error.type")
    }

    private let template = SpanTemplate(
        name: "send orders", attributes: AttributeSet(["system": "kafka", "destination": "orders"]),
        scope: InstrumentationScope(name: "library"))
    private let far = ContinuousClock.now + .seconds(600)

    /// The lines of what `record` records, over bytes and over objects.
    private func lines(
        limits: SpanLimits = SpanLimits(), sampler: Sampler = .alwaysOn, _ record: (TracingBackend) -> Void
    ) async -> (bytes: [String], objects: [String]) {
        let exporter = TextSpanExporter()
        let memory = InMemorySpanExporter()
        let batch = BatchSpanProcessor(exporter: exporter)
        record(
            .core(
                TracerProvider(
                    processors: [batch], sampler: sampler, limits: limits, identifiers: SeededIDSource(seed: 1))))
        #expect(await batch.shutdown(deadline: far))
        let simple = SimpleSpanProcessor(exporter: memory)
        record(
            .core(
                TracerProvider(
                    processors: [simple], sampler: sampler, limits: limits, identifiers: SeededIDSource(seed: 1))))
        return (exporter.lines, memory.finishedSpans.map { TextSpanEncoder.line($0) })
    }

    private func recordSend(_ backend: TracingBackend, links: SpanLinks = .none) {
        let addFacts: (inout AttributeFacts) -> Void = { $0.append(Key.partition, "7") }
        let span = backend.startDeferredSpan(
            template, kind: .producer, parent: .root, links: links, attributes: addFacts)
        #expect(span.isRecording && span.context.isValid)
        span.end(template, links: links, status: .error("full"), attributes: addFacts) { facts in
            facts.append(Key.offset, 42)
            facts.append(Key.ratio, 0.5)
            facts.append(Key.flag, true)
            facts.append(Key.error, String(repeating: "long ", count: 400))
        }
    }

    @Test func bytesAndObjectsAreEqual() async {
        let (bytes, objects) = await lines { recordSend($0) }
        #expect(bytes == objects)
        #expect(
            bytes.first?.hasPrefix("send orders producer [system=kafka,destination=orders,partition=7,offset=42,")
                == true)
    }

    @Test func linksAreKeptOnBothPaths() async {
        let target = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        let links = SpanLinks([
            TraceSpan.Link(target, attributes: ["a": 1]), TraceSpan.Link(.invalid), TraceSpan.Link(target),
        ])
        let (bytes, objects) = await lines { recordSend($0, links: links) }
        #expect(bytes == objects)
        #expect(bytes.first?.contains(#"links=["0000000000000003[a=1]", "0000000000000003[]"]"#) == true)
    }

    @Test func tightLimitsTakeTheObjectPathWithTheSameResult() async {
        var limits = SpanLimits()
        limits.attributeCount = 4
        limits.attributeValueLength = 3
        let (bytes, objects) = await lines(limits: limits) { recordSend($0) }
        #expect(bytes == objects)
        #expect(bytes.first?.contains("[system=kaf,destination=ord,partition=7,offset=42]") == true)
    }

    @Test func unsampledSpanCarriesItsContextOn() async {
        let (bytes, objects) = await lines(sampler: .alwaysOff) { backend in
            let span = backend.startDeferredSpan(template, kind: .producer, parent: .root)
            #expect(span.context.isValid && !span.context.isSampled && !span.isRecording)
            span.end(template)
        }
        #expect(bytes.isEmpty && objects.isEmpty)
    }

    @Test func samplerSeesAttributesOfTheStart() async {
        let rule = AttributeRule(key: "partition", value: "7")
        let (bytes, objects) = await lines(sampler: .custom(rule)) { recordSend($0) }
        #expect(bytes.count == 1 && bytes == objects)
    }

    @Test func durationIsMonotonic() async {
        let memory = InMemorySpanExporter()
        let backend = TracingBackend.core(TracerProvider(processors: [SimpleSpanProcessor(exporter: memory)]))
        let start = SpanInstant.now
        let span = backend.startDeferredSpan(template, kind: .client, parent: .root, at: start)
        span.end(template)
        let data = memory.finishedSpans[0]
        #expect(data.startTime == start.time && data.endTime >= data.startTime && data.duration < .seconds(60))
        backend.startDeferredSpan(template, kind: .client, parent: .root, at: start).end(
            template, at: Timestamp(nanosecondsSinceEpoch: 1))
        #expect(memory.finishedSpans[1].endTime == start.time)
    }

    @Test func withoutTracerTheParentIsPassedOn() {
        let parent = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        let span = TracingBackend.disabled.startDeferredSpan(template, kind: .producer, parent: .span(parent))
        #expect(span.context == parent && !span.isRecording)
        span.end(template)
    }
}

/// Samples spans that start with an attribute.
private struct AttributeRule: SamplingRule {
    let key: String
    let value: AttributeValue
    var description: String { "AttributeRule" }

    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        SamplingResult(parameters.attributes[key] == value ? .recordAndSample : .drop)
    }
}
