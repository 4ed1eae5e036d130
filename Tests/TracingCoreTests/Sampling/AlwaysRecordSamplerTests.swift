import Testing
import TracingCore

@Suite struct AlwaysRecordSamplerTests {
    private func decision(_ sampler: Sampler) -> SamplingResult.Decision {
        sampler.shouldSample(SamplingParameters(traceID: TraceID(high: 1, low: 2), name: "n")).decision
    }

    @Test func droppedSpansAreRecordedOnly() {
        #expect(decision(.alwaysRecord(.alwaysOff)) == .recordOnly)
        #expect(decision(.alwaysRecord(.alwaysOn)) == .recordAndSample)
        #expect("\(Sampler.alwaysRecord(.alwaysOff))" == "AlwaysRecordSampler{AlwaysOffSampler}")
    }

    @Test func recordedSpansReachProcessorsButNotExporters() {
        let counting = CountingProcessor()
        let memory = InMemorySpanExporter()
        let provider = TracerProvider(
            processors: [counting, SimpleSpanProcessor(exporter: memory)], sampler: .alwaysRecord(.alwaysOff))
        let span = TracingBackend.core(provider).startSpan("n")
        #expect(!span.context.isSampled && span.isRecording)
        span.end()
        #expect(counting.ended.count == 1 && memory.finishedSpans.isEmpty)
    }
}
