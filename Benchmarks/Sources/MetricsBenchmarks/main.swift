import BenchmarkSupport
import MessagingTracing
import TracingCore

// metrics-benchmarks [--quick] [--rounds N]      CPU of one record, on one thread

let arguments = BenchmarkArguments()
let rounds = arguments.rounds ?? (arguments.isQuick ? 5 : 11)
let records = arguments.isQuick ? 300_000 : 2_000_000

let scope = InstrumentationScope(name: "bench")
let sampled = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: [.sampled])
let unsampled = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
let boundaries: [Double] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
let attributes: Attributes = ["system": "kafka", "destination": "orders", "partition": "3"]

func provider(_ filter: ExemplarFilter) -> MeterProvider {
    MeterProvider(readers: [InMemoryMetricReader()], exemplarFilter: filter)
}

func histogram(_ filter: ExemplarFilter) -> BoundHistogram {
    provider(filter).histogram(name: "h", scope: scope, boundaries: boundaries).bind(attributes)
}

let counter = provider(.traceBased).counter(name: "c", scope: scope)
let bound = counter.bind(attributes)
let (plain, traced) = (histogram(.alwaysOff), histogram(.traceBased))
let exponential = MeterProvider(readers: [InMemoryMetricReader(histogramAggregation: .base2ExponentialBucketHistogram)])
    .histogram(name: "h", scope: scope).bind(attributes)

/// An acknowledgement whose span is not sampled, with metrics and without: the difference is what metrics cost.
func settle(_ meterProvider: MeterProvider) -> (Int) -> Void {
    let tracer = TracerProvider(processors: [], sampler: .alwaysOff, meterProvider: meterProvider)
    let instrumentation = MessagingInstrumentation(
        system: MessagingSystem(name: "bench"), client: .init(serverAddress: "localhost", serverPort: 9092),
        backend: .core(tracer), library: "bench")
    let channel = instrumentation.channel(to: MessageDestination("orders"))
    return { _ in instrumentation.startSettle("ack", from: channel).succeed() }
}

let cases: [(name: String, run: (Int) -> Void)] = [
    ("counter, bound", { _ in bound.add(1, context: unsampled) }),
    ("counter, bound, active span looked up", { _ in bound.add(1) }),
    ("counter, three attributes", { _ in counter.add(1, attributes: attributes, context: unsampled) }),
    ("histogram, exemplars off", { plain.record(Double($0 & 1_023) / 1_024, context: sampled) }),
    ("histogram, span not sampled", { traced.record(Double($0 & 1_023) / 1_024, context: unsampled) }),
    ("histogram, span sampled", { traced.record(Double($0 & 1_023) / 1_024, context: sampled) }),
    ("exponential histogram", { exponential.record(Double($0 & 1_023) / 1_024, context: unsampled) }),
    ("settle without metrics", settle(.noop)), ("settle with metrics", settle(provider(.traceBased))),
]

say("CPU of one record, median of \(rounds) interleaved rounds of \(records).\n")
var figures = cases.map { _ in [Double]() }
for _ in 0..<rounds {
    for (index, measured) in cases.enumerated() {
        let start = CPUTime()
        for number in 0..<records { measured.run(number) }
        figures[index].append(start.nanoseconds(perMessageOf: records))
    }
}
for (measured, figures) in zip(cases, figures) {
    let nanoseconds = (median(figures) * 10).rounded() / 10
    say("\(measured.name)\(String(repeating: " ", count: max(1, 42 - measured.name.count)))\(nanoseconds) ns")
}
