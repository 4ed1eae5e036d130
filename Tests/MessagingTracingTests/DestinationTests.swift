import MessagingTracing
import Testing
import TracingCore

/// What of a destination stands in names, attributes and metrics.
@Suite struct DestinationTests {
    static let cases: [(MessageDestination, name: String, metric: Attributes)] = [
        (MessageDestination("T"), "send T", ["messaging.destination.name": "T"]),
        (
            MessageDestination("/c/7", template: "/c/{id}"), "send /c/{id}",
            ["messaging.destination.template": "/c/{id}"]
        ),
        (MessageDestination("tmp-1", isTemporary: true), "send", [:]),
        (MessageDestination("amq.gen-x", isAnonymous: true), "send", [:]),
    ]

    @Test(arguments: cases)
    func names(destination: MessageDestination, name: String, metric: Attributes) {
        let bench = Bench()
        let channel = bench.queue.instrumentation.channel(to: destination)
        bench.queue.publish(QueueMessage(channel: channel, body: ""))
        let span = bench.spans[0]
        #expect(span.name == name)
        #expect(span.attributes["messaging.destination.name"] == .string(destination.name))
        #expect(span.attributes["messaging.destination.temporary"] == (destination.isTemporary ? true : nil))
        #expect(span.attributes["messaging.destination.anonymous"] == (destination.isAnonymous ? true : nil))
        let sent = bench.metrics.points(named: "messaging.client.sent.messages")[0].attributes
        #expect(Attributes(sent.filter { $0.key.hasPrefix("messaging.destination") }) == metric)
    }

    @Test func aBatchFromSeveralDestinationsNamesNoneAndSaysItOnItsLinks() async throws {
        let bench = Bench()
        let other = bench.queue.instrumentation.channel(to: MessageDestination("refunds"))
        let messages = [
            bench.queue.publish(bench.queue.message()), bench.queue.publish(QueueMessage(channel: other, body: "")),
        ]
        try await bench.queue.process(messages) {}
        let span = bench.span("process")
        #expect(span.attributes["messaging.destination.name"] == nil)
        #expect(span.links.map { $0.attributes["messaging.destination.name"] } == ["orders", "refunds"])
    }
}
