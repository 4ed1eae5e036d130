import MessagingTracing
import TestSupport
import Testing
import TracedKafka
import TracingCore
import TracingTestKit

/// The worked examples of the conventions, with the real adapter on an embedded broker: whole span sets with whole
/// attribute sets, from the exported JSON lines.
@Suite(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
struct KafkaGoldenTests {
    @Test func everyCaseIsHere() throws {
        #expect(
            try GoldenExample.ids(runBy: "kafka").sorted() == [
                "batch_publish_with_create", "batch_publish_without_create", "batch_receiving",
                "custom_creation_context", "empty_poll", "kafka_fan_in_process_batch", "kafka_multi_topic_batch",
                "kafka_poll_process_commit", "process_inside_ambient_default", "process_inside_ambient_optin",
                "send_fails",
            ])
    }

    @Test(arguments: GoldenTracer.allCases)
    func batchReceiving(tracer: GoldenTracer) async throws {
        let golden = try KafkaGolden(tracer, topics: ["Q": 2], group: "g")
        var receipts: [KafkaReceipt] = []
        for partition in 0..<2 {
            receipts.append(
                try await golden.producer.send(
                    KafkaRecord(topic: "Q", key: "k\(partition)", value: "v", partition: Int32(partition))))
        }
        let batch = try await golden.consumer.receive(maxCount: 2, maxWait: .seconds(30))
        var example = try GoldenExample("batch_receiving")
        example["PA"].say(golden.producerFacts, facts(of: receipts[0], key: "k0"))
        example["PB"].say(golden.producerFacts, facts(of: receipts[1], key: "k1"))
        example["R"].say(golden.consumerFacts, ["messaging.consumer.group.name": "g"])
        // Partitions come in no certain order.
        if batch.first?.partition == 1 { example["R"].links.swapAt(0, 1) }
        example["R"].sayOnLinks(
            batch.map { message in
                facts(of: receipts[Int(message.partition)], key: "k\(message.partition)", isConsumed: true)
            })
        let differences = try await example.differences(from: golden.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases, [true, false])
    func batchPublishing(tracer: GoldenTracer, createSpans: Bool) async throws {
        var options = MessagingTracingOptions()
        options.createSpans = createSpans
        let golden = try KafkaGolden(tracer, topics: ["Q": 2], group: "g", options: options)
        let receipts = try await golden.producer.sendBatch(
            (0..<2).map { KafkaRecord(topic: "Q", key: "k\($0)", value: "v", partition: Int32($0)) })
        // One topic with two partitions stands for two consumers, each of which pulls one message.
        let first = try await golden.consumer.receive()
        _ = try await golden.consumer.receive()
        var example = try GoldenExample(createSpans ? "batch_publish_with_create" : "batch_publish_without_create")
        example["S"].say(golden.producerFacts)
        let order = first.partition == 0 ? ["R1", "R2"] : ["R2", "R1"]
        for ref in order {
            let partition = ref == "R1" ? 0 : 1
            example[ref].say(
                golden.consumerFacts, ["messaging.consumer.group.name": "g"],
                facts(of: receipts[partition], key: "k\(partition)", isConsumed: true))
        }
        if createSpans {
            for (partition, ref) in ["CA", "CB"].enumerated() {
                example[ref].say(
                    golden.serverFacts,
                    [
                        "messaging.destination.partition.id": .string("\(partition)"),
                        "messaging.kafka.message.key": .string("k\(partition)"),
                    ])
            }
            example["S"].sayOnLinks((0..<2).map { ["messaging.destination.partition.id": .string("\($0)")] })
        }
        let differences = try await example.differences(from: golden.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases)
    func pollProcessCommit(tracer: GoldenTracer) async throws {
        let golden = try KafkaGolden(tracer, topics: ["T": 2], group: "my-group")
        let receipt = try await golden.producer.send(
            KafkaRecord(topic: "T", key: "myKey", value: "v", partition: 1))
        let message = try await golden.consumer.receive()
        try await message.process { try await message.commit() }
        var example = try GoldenExample("kafka_poll_process_commit")
        example["S"].say(golden.producerFacts, facts(of: receipt, key: "myKey"))
        for ref in ["R", "W"] {
            example[ref].say(golden.consumerFacts, facts(of: receipt, key: "myKey", isConsumed: true))
        }
        example["X"].say(golden.consumerFacts, facts(of: receipt))
        let differences = try await example.differences(from: golden.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases)
    func fanInProcessBatch(tracer: GoldenTracer) async throws {
        var options = MessagingTracingOptions()
        options.linksWithoutContext = true
        let golden = try KafkaGolden(tracer, topics: ["orders": 2], group: "g", options: options)
        var receipts: [KafkaReceipt] = []
        for (partition, key) in [(0, "k1"), (1, "k2")] {
            receipts.append(
                try await golden.producer.send(
                    KafkaRecord(topic: "orders", key: key, value: "v", partition: Int32(partition))))
        }
        // A producer without a tracer writes no context.
        let silent = try KafkaProducer(
            configuration: .init(bootstrapServers: golden.kafka.bootstrapServers), tracing: TracingBackend.disabled)
        receipts.append(try await silent.send(KafkaRecord(topic: "orders", value: "v", partition: 1)))
        await silent.shutdown()
        let iterator = golden.consumer.batches(maxCount: 3, maxWait: .seconds(30)).makeAsyncIterator()
        let batch = try #require(try await iterator.next())
        try await batch.process { _ in }
        var example = try GoldenExample("kafka_fan_in_process_batch")
        example["P1"].say(golden.producerFacts, facts(of: receipts[0], key: "k1"))
        example["P2"].say(golden.producerFacts, facts(of: receipts[1], key: "k2"))
        example["B"].say(golden.consumerFacts)
        // Partitions come in no certain order; within one, messages do.
        example["B"].links = batch.map { message in
            switch (message.partition, message.offset) {
            case (0, _):
                GoldenExample.Link(to: "P1", attributes: facts(of: receipts[0], key: "k1", isConsumed: true))
            case (_, 0):
                GoldenExample.Link(to: "P2", attributes: facts(of: receipts[1], key: "k2", isConsumed: true))
            default: GoldenExample.Link(to: nil, attributes: facts(of: receipts[2], isConsumed: true))
            }
        }
        let differences = try await example.differences(from: golden.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases)
    func multiTopicBatch(tracer: GoldenTracer) async throws {
        let producers = tracer.make()
        let golden = try KafkaGolden(tracer, topics: ["a": 1, "b": 1], group: "g", producerTracing: producers.backend)
        var receipts: [String: KafkaReceipt] = [:]
        for topic in ["a", "b"] {
            receipts[topic] = try await golden.producer.send(KafkaRecord(topic: topic, value: "v", partition: 0))
        }
        let batch = try await golden.consumer.receive(maxCount: 2, maxWait: .seconds(30))
        let sent = try producers.spans()
        let outside = Dictionary(
            uniqueKeysWithValues: sent.map { ($0.name == "send a" ? "PA" : "PB", ($0.traceID, $0.spanID)) })
        var example = try GoldenExample("kafka_multi_topic_batch")
        example["R"].say(golden.consumerFacts)
        example["R"].links = batch.map { message in
            GoldenExample.Link(
                to: message.topic == "a" ? "PA" : "PB",
                attributes: facts(of: receipts[message.topic]!, isConsumed: true).merging([
                    "messaging.destination.name": .string(message.topic)
                ]) { $1 })
        }
        let differences = try await example.differences(from: golden.spans(), outside: outside)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases)
    func emptyPoll(tracer: GoldenTracer) async throws {
        var options = MessagingTracingOptions()
        options.emptyReceiveSpans = true
        let golden = try KafkaGolden(tracer, topics: ["orders": 1], options: options)
        // The broker must have been met once for the consumer to know the cluster.
        _ = golden.consumerFacts
        let batch = try await golden.consumer.receive(maxCount: 10, maxWait: .milliseconds(50))
        #expect(batch.isEmpty)
        var example = try GoldenExample("empty_poll")
        example["R"].say(golden.consumerFacts)
        let differences = try await example.differences(from: golden.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases)
    func customCreationContext(tracer: GoldenTracer) async throws {
        let golden = try KafkaGolden(tracer, topics: ["T": 1], group: "g")
        var record = KafkaRecord(topic: "T", value: "v", partition: 0)
        let user = golden.tracing.backend.startSpan("user span", parent: .root)
        for header in golden.tracing.headers(of: user) { record.headers.append(name: header.name, value: header.value) }
        user.end()
        let receipt = try await golden.producer.send(record)
        let messages = golden.consumer.messages.makeAsyncIterator()
        let message = try #require(try await messages.next())
        try await message.process {}
        var example = try GoldenExample("custom_creation_context")
        example["S"].say(golden.producerFacts, facts(of: receipt))
        example["W"].say(
            golden.consumerFacts, ["messaging.consumer.group.name": "g"], facts(of: receipt, isConsumed: true))
        let differences = try await example.differences(from: golden.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases, [false, true])
    func processInsideAnAmbientSpan(tracer: GoldenTracer, producerAsParent: Bool) async throws {
        let producers = tracer.make()
        let golden = try KafkaGolden(tracer, topics: ["T": 1], group: "g", producerTracing: producers.backend)
        let receipt = try await golden.producer.send(KafkaRecord(topic: "T", value: "v", partition: 0))
        let messages = golden.consumer.messages.makeAsyncIterator()
        let message = try #require(try await messages.next())
        try await golden.tracing.backend.withSpan("POST /push", kind: .server) { _ in
            try await message.process(parent: producerAsParent ? .producer : .ownTrace) {}
        }
        let sent = try producers.spans()[0]
        var example = try GoldenExample(
            producerAsParent ? "process_inside_ambient_optin" : "process_inside_ambient_default")
        example["W"].say(
            golden.consumerFacts, ["messaging.consumer.group.name": "g"], facts(of: receipt, isConsumed: true))
        let differences = try await example.differences(
            from: golden.spans(), outside: ["P": (sent.traceID, sent.spanID)])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test(arguments: GoldenTracer.allCases)
    func sendFails(tracer: GoldenTracer) async throws {
        let golden = try KafkaGolden(tracer, topics: ["T": 1], producerProperties: ["message.send.max.retries": "0"])
        _ = golden.producerFacts
        golden.kafka.failRequests(.produce, with: [19])
        var record = KafkaRecord(topic: "T", value: "v")
        record.partition = 0
        let error = await #expect(throws: KafkaError.self) { try await golden.producer.send(record) }
        #expect(error?.errorType == "NOT_ENOUGH_REPLICAS")
        var example = try GoldenExample("send_fails")
        example["S"].say(golden.producerFacts, ["messaging.destination.partition.id": "0"])
        let spans = try await golden.spans()
        let differences = example.differences(from: spans)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        #expect(spans[0].statusMessage?.contains("NOT_ENOUGH_REPLICAS") == false)
    }
}
