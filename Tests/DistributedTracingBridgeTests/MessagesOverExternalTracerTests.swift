#if DistributedTracing
import DistributedTracingBridge
import InMemoryTracing
import MessagingTracing
import Testing
import Tracing
import TracingCore

/// The messaging layer over a tracer that is not ours.
@Suite struct MessagesOverExternalTracerTests {
    struct Message: OutgoingMessage {
        let channel: MessageChannel
        var headers: [(name: String, value: String)] = []
        var isForwarded = false

        init(_ channel: MessageChannel) { self.channel = channel }

        func state(_ facts: inout MessageFacts) { facts.position = Int64(headers.count) }
        func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
            for (name, value) in headers {
                Array(name.utf8).withUnsafeBytes { name in
                    Array(value.utf8).withUnsafeBytes { read(name, $0) }
                }
            }
        }
        var hasHeaders: Bool { !headers.isEmpty }
        var headerRoom: Int { 1 << 20 }
        mutating func removeHeaders(named name: String) { headers.removeAll { $0.name == name } }
        mutating func appendHeader(_ name: String, _ value: UnsafeRawBufferPointer) {
            headers.append((name, String(decoding: value, as: UTF8.self)))
        }
    }

    let speaker = W3CTracer()
    let memory = InMemoryTracer()

    func instrumentation(_ tracer: any Tracer, _ change: (inout MessagingTracingOptions) -> Void = { _ in })
        -> MessagingInstrumentation
    {
        var options = MessagingTracingOptions()
        change(&options)
        return MessagingInstrumentation(
            system: .kafka, options: options, backend: .distributedTracing(tracer), library: "test")
    }

    @Test func aBatchIsOneSpanWithALinkForEachMessage() async throws {
        let messaging = instrumentation(memory)
        let channel = messaging.channel(to: MessageDestination("orders"))
        var messages = (0..<5).map { _ in Message(channel) }
        messaging.startBatchSend(&messages).end(failures: [:])
        let creates = memory.finishedSpans.filter { $0.kind == .producer }.map(\.spanID)
        #expect(creates.count == 5)
        let send = try #require(memory.finishedSpans.first { $0.kind == .client })
        #expect(send.links.map { $0.context.inMemorySpanContext?.spanID } == creates)

        var links = MessageLinksBuilder(
            messaging, backend: .distributedTracing(memory), capacity: messages.count)
        for message in messages { links.append(message) }
        let process = messaging.startProcess(try #require(links.build()), in: nil)
        try await process.run { memory.withSpan("handler") { _ in } }
        let finished = try #require(memory.finishedSpans.first { $0.kind == .consumer })
        #expect(finished.links.map { $0.context.inMemorySpanContext?.spanID } == creates)
        #expect(finished.parentSpanID == nil)
        #expect(memory.spans["handler"]?.parentSpanID == finished.spanID)
    }

    @Test func oneMessageWithItsBaggage() async throws {
        let messaging = instrumentation(speaker)
        var message = Message(messaging.channel(to: MessageDestination("orders")))
        var baggage = Baggage()
        baggage["user"] = "ada"
        ActiveContext.none.with(baggage: baggage).withActive { messaging.startSend(&message).succeed() }
        let send = try #require(speaker.memory.finishedSpans.last)
        #expect(message.headers.map(\.value) == ["00-\(send.spanContext.traceID)-\(send.spanID)-01", "user=ada"])

        let process = messaging.startProcess(message, in: ConsumerLoop())
        try await process.run { #expect(ActiveContext.current.baggage["user"] == "ada") }
        let finished = try #require(speaker.memory.finishedSpans.last)
        #expect(finished.parentSpanID == nil)
        #expect(finished.links.map { $0.context.inMemorySpanContext?.spanID } == [send.spanID])

        let silent = instrumentation(speaker) { $0.injectsBaggage = false }
        var other = Message(silent.channel(to: MessageDestination("orders")))
        ActiveContext.none.with(baggage: baggage).withActive { silent.startSend(&other).succeed() }
        #expect(other.headers.map(\.name) == ["traceparent"])
    }

    /// A loop that was made inside a request: its messages do not hang on the request, nor does baggage change that.
    @Test func loopsInsideARequest() throws {
        let messaging = instrumentation(speaker)
        var message = Message(messaging.channel(to: MessageDestination("orders")))
        messaging.startSend(&message).succeed()
        speaker.withSpan("request") { _ in
            let loop = ConsumerLoop()
            var baggage = Baggage()
            baggage["user"] = "ada"
            ActiveContext.current.with(baggage: baggage).withActive {
                messaging.startProcess(message, in: loop).succeed()
                #expect(speaker.memory.finishedSpans.last?.parentSpanID == nil)
            }
            speaker.withSpan("later") { later in
                messaging.startProcess(message, in: loop).succeed()
                #expect(speaker.memory.finishedSpans.last?.parentSpanID == later.spanID)
            }
        }
    }

    @Test func theProducerAsParentKeepsWhatIsAmbient() async throws {
        let test = W3CTracer()
        let messaging = instrumentation(speaker)
        var message = Message(messaging.channel(to: MessageDestination("orders")))
        messaging.startSend(&message).succeed()
        let send = try #require(speaker.memory.finishedSpans.last)
        var context = ServiceContext.topLevel
        context.requestID = "r-1"
        try await ActiveContext(context).with(backend: .distributedTracing(test)).withActive {
            let process = messaging.startProcess(message, parent: .producer, in: nil)
            try await process.run {
                #expect(ServiceContext.current?.requestID == "r-1")
                var next = Message(messaging.channel(to: MessageDestination("next")))
                messaging.startSend(&next).succeed()
            }
        }
        let process = try #require(test.memory.finishedSpans.last)
        #expect(process.kind == .consumer)
        #expect(process.parentSpanID == send.spanID && process.spanContext.traceID == send.spanContext.traceID)
        #expect(process.links.map { $0.context.inMemorySpanContext?.spanID } == [send.spanID])
        #expect(test.memory.finishedSpans.first?.parentSpanID == process.spanID)
    }
}
#endif
