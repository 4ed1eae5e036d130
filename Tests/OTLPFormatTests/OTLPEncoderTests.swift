import OTLPFormat
import TestSupport
import Testing
import TracingCore

@Suite struct OTLPEncoderTests {
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
