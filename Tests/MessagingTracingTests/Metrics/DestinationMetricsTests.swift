import CMallocCounter
import Testing
import TracingCore

@testable import MessagingTracing

struct DestinationMetricsTests {
    private let reader = InMemoryMetricReader()
    private let provider: MeterProvider
    private let metrics: DestinationMetrics
    private static let system = MessagingSystem(name: "memory")

    init() {
        provider = MeterProvider(readers: [reader], log: NoLogSink())
        let instrumentation = MessagingInstrumentation(system: Self.system, library: "memory")
        metrics = DestinationMetrics(MessageDestination("orders"), instrumentation: instrumentation)
    }

    private func count(_ attributes: Attributes) -> UInt64? {
        let point = reader.points(named: "messaging.client.operation.duration").first { point in
            attributes.allSatisfy { point.attributes[$0.key] == $0.value }
        }
        guard case .histogram(let value)? = point?.value else { return nil }
        return value.count
    }

    @Test(.enabled(if: malloc_counter_is_available(), "allocations are counted on glibc without a sanitizer only"))
    func recordingAllocatesNothingOnceSeriesAreBound() {
        let failure = OperationFailure(errorType: "UNKNOWN_TOPIC_OR_PARTITION", description: "")
        func record() {
            metrics.record(.settle, named: "ack", seconds: 0.001, messages: 0, context: .invalid, in: provider)
            metrics.record(.settle, named: "nack", seconds: 0.001, messages: 0, context: .invalid, in: provider)
            metrics.record(.receive, seconds: 0.001, messages: 0, partition: 3, context: .invalid, in: provider)
            metrics.record(.send, seconds: 0.001, messages: 1, failure: failure, context: .invalid, in: provider)
        }
        record()
        malloc_counter_start()
        for _ in 0..<10 { record() }
        #expect(malloc_counter_stop() == 0)
        #expect(count(["messaging.operation.name": "nack"]) == 11)
        #expect(count(["error.type": "UNKNOWN_TOPIC_OR_PARTITION"]) == 11)
    }

    @Test func seriesDifferByNameErrorAndPartition() {
        for _ in 0..<2 {
            metrics.record(
                .settle, named: "ack", seconds: 1, messages: 0, partition: 1, context: .invalid, in: provider)
            metrics.record(
                .settle, named: "nack", seconds: 1, messages: 0, partition: 1, context: .invalid, in: provider)
            metrics.record(
                .settle, named: "ack", seconds: 1, messages: 0, partition: 2, context: .invalid, in: provider)
            metrics.record(
                .settle, named: "ack", seconds: 1, messages: 0, partition: 1,
                failure: OperationFailure(errorType: "timeout", description: ""), context: .invalid, in: provider)
        }
        let points = reader.points(named: "messaging.client.operation.duration")
        #expect(points.count == 4)
        #expect(count(["error.type": "timeout", "messaging.operation.name": "ack"]) == 2)
        #expect(count(["messaging.operation.name": "nack"]) == 2)
    }

    @Test func errorsBeyondTheBoundAreStillRecorded() {
        for _ in 0..<2 {
            for number in 0..<300 {
                let failure = OperationFailure(errorType: "error \(number)", description: "")
                metrics.record(.send, seconds: 1, messages: 1, failure: failure, context: .invalid, in: provider)
            }
        }
        #expect(count(["error.type": "error 0"]) == 2)
        #expect(count(["error.type": "error 299"]) == 2)
    }

    @Test func eachProviderHasItsOwnSeries() {
        let others = (0..<6).map { _ in InMemoryMetricReader() }
        let providers = others.map { MeterProvider(readers: [$0], log: NoLogSink()) }
        for _ in 0..<2 {
            for other in providers { metrics.record(.send, seconds: 1, messages: 1, context: .invalid, in: other) }
            metrics.record(.send, seconds: 1, messages: 1, context: .invalid, in: provider)
        }
        for other in others + [reader] {
            #expect(other.points(named: "messaging.client.sent.messages").map(\.value) == [.int(2)])
        }
    }
}
