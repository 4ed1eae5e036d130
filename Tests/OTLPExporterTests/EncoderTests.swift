import Testing
import TracingCore

@testable import OTLPExporter

/// What a transport of one's own gets is what the exporters send.
@Suite struct EncoderTests {
    @Test func requestsFollowEachOtherInOneMemory() {
        var random = RandomTelemetry(seed: 31)
        let resource = Resource(attributes: ["service.name": "orders"])
        var encoder = OTLPEncoder()
        for count in [40, 0, 3] {
            let (spans, metrics) = (random.spans(count), random.metrics(count))
            #expect(encoder.encode(spans) { Array($0) } == encoded(spans))
            #expect(encoder.encode(metrics, resource: resource) { Array($0) } == encoded(metrics, resource))
        }
    }
}
