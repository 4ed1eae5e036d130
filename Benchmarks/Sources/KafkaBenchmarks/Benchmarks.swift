import CKafkaBaseline
import Foundation
import TracedKafka
import TracingCore

/// The Swift adapter beside raw C on the same library, in one process, case after case and round after round.
struct Benchmarks {
    let rounds: Int
    let count: Int
    private let partitions = 64
    private let size = 100
    private let lostInSending = LostSpans()

    init(rounds: Int, count: Int) {
        self.rounds = rounds
        self.count = count
    }

    func run() async throws {
        say(
            "CPU of this process a message, median of \(rounds) interleaved rounds of \(count) messages of \(size) bytes."
        )
        say("The ratio is the median of each round's ratio to raw C; claim nothing under about 1.2x.\n")
        var cases = ["produce, no tracer", "produce, sampled", "batches of 500, linked", "one by one, process spans"]
            .map { Case(name: $0) }
        for _ in 0..<rounds {
            // A fresh broker each round: it keeps a few megabytes a partition, and memory is to be equally warm for all.
            let broker = try BrokerProcess(topics: ["produce": partitions, "consume": partitions])
            cases[0].add(c: produceC(broker, false), swift: try await produce(broker, .disabled))
            cases[1].add(c: produceC(broker, true), swift: try await produce(broker, Self.tracer()))
            _ = baseline_produce(broker.bootstrap, "consume", Int32(partitions), count, Int32(size), true)
            cases[2].add(c: consumeC(broker, batch: 500), swift: try await consumeBatches(broker))
            cases[3].add(c: consumeC(broker, batch: 1), swift: try await consumeOneByOne(broker))
        }
        for measured in cases { say(measured.line) }
        say("Of \(rounds * count) sampled send spans, the full queue dropped \(lostInSending.count).")
        try await Drain(partitions: partitions, size: size).run()
    }

    /// Runs one case alone.
    func profile(_ number: Int) async throws {
        let broker = try BrokerProcess(topics: ["produce": partitions, "consume": partitions])
        if number >= 2 {
            _ = baseline_produce(broker.bootstrap, "consume", Int32(partitions), count, Int32(size), true)
        }
        let nanoseconds =
            switch number {
            case 0: try await produce(broker, .disabled)
            case 1: try await produce(broker, Self.tracer())
            case 2: try await consumeBatches(broker)
            default: try await consumeOneByOne(broker)
            }
        say("\(Int(nanoseconds)) ns a message")
    }

    /// A tracer whose spans go through the batch processor and are thrown away by the exporter.
    private static func tracer() -> TracingBackend {
        .core(TracerProvider(processors: [BatchSpanProcessor(exporter: DiscardingExporter(), logSink: NoLogSink())]))
    }

    // MARK: - Producing

    private func produceC(_ broker: BrokerProcess, _ traceparent: Bool) -> Double {
        baseline_produce(broker.bootstrap, "produce", Int32(partitions), count, Int32(size), traceparent).nanoseconds
    }

    private func produce(_ broker: BrokerProcess, _ tracing: TracingBackend) async throws -> Double {
        let producer = try KafkaProducer(
            configuration: .init(bootstrapServers: [broker.bootstrap]), tracing: tracing)
        let value = KafkaBytes([UInt8](repeating: 7, count: size))
        var record = KafkaRecord(topic: "produce", value: value)
        record.partition = 0
        _ = try await producer.send(record)
        let start = baseline_cpu_seconds()
        for index in 0..<count {
            record.partition = Int32(index * partitions / count)
            do {
                try producer.enqueue(record)
            } catch let error as KafkaError where error.code == .queueFull {
                _ = try await producer.send(record)
            }
        }
        try await producer.flush()
        let cpu = baseline_cpu_seconds() - start
        lostInSending.add(tracing)
        await producer.shutdown()
        return cpu / Double(count) * 1e9
    }

    // MARK: - Consuming

    private func consumeC(_ broker: BrokerProcess, batch: Int32) -> Double {
        baseline_consume(broker.bootstrap, "consume", Int32(partitions), count, batch).nanoseconds
    }

    private func consumer(_ broker: BrokerProcess) throws -> KafkaConsumer {
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: [broker.bootstrap],
            assignments: (0..<partitions).map {
                KafkaPartitionOffset(topic: "consume", partition: Int32($0), .beginning)
            })
        configuration.properties["fetch.wait.max.ms"] = "10"
        return try KafkaConsumer(configuration: configuration, tracing: Self.tracer())
    }

    private func consumeBatches(_ broker: BrokerProcess) async throws -> Double {
        let consumer = try consumer(broker)
        var taken = 0
        var bytes = 0
        var start = 0.0
        for try await batch in consumer.batches(maxCount: 500, maxWait: .milliseconds(50)) {
            if taken == 0 { start = baseline_cpu_seconds() }
            try await batch.process { messages in
                for message in messages { bytes += message.withValue { $0?.byteCount ?? 0 } }
            }
            taken += batch.count
            if taken >= count { break }
        }
        let cpu = baseline_cpu_seconds() - start
        await consumer.shutdown()
        precondition(bytes == taken * size)
        return cpu / Double(taken) * 1e9
    }

    private func consumeOneByOne(_ broker: BrokerProcess) async throws -> Double {
        let consumer = try consumer(broker)
        var taken = 0
        var bytes = 0
        var start = 0.0
        for try await message in consumer.messages {
            if taken == 0 { start = baseline_cpu_seconds() }
            try await message.process { bytes += message.withValue { $0?.byteCount ?? 0 } }
            taken += 1
            if taken >= count { break }
        }
        let cpu = baseline_cpu_seconds() - start
        await consumer.shutdown()
        precondition(bytes == taken * size)
        return cpu / Double(taken) * 1e9
    }
}

/// The figures of one case.
struct Case {
    let name: String
    private var c: [Double] = []
    private var swift: [Double] = []

    init(name: String) { self.name = name }

    mutating func add(c: Double, swift: Double) {
        self.c.append(c)
        self.swift.append(swift)
    }

    var line: String {
        let ratios = zip(swift, c).map(/).sorted()
        return String(
            format: "%@ C %5.0f ns   Spanlink %5.0f ns   %.2fx (%.2f-%.2f)",
            name.padding(toLength: 28, withPad: " ", startingAt: 0), median(c), median(swift), median(ratios),
            ratios[0], ratios[ratios.count - 1])
    }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

extension baseline_result {
    var nanoseconds: Double { cpu_seconds / Double(messages) * 1e9 }
}

/// Takes spans and forgets them, after looking at them as an exporter would.
struct DiscardingExporter: SpanExporter {
    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool { true }
}
