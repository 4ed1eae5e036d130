import BenchmarkSupport
import CKafkaBaseline
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
            cases[1].add(c: produceC(broker, true), swift: try await produce(broker, .discarding()))
            _ = kafka_baseline_produce(broker.bootstrap, "consume", Int32(partitions), count, Int32(size), true)
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
            _ = kafka_baseline_produce(broker.bootstrap, "consume", Int32(partitions), count, Int32(size), true)
        }
        let nanoseconds =
            switch number {
            case 0: try await produce(broker, .disabled)
            case 1: try await produce(broker, .discarding())
            case 2: try await consumeBatches(broker)
            default: try await consumeOneByOne(broker)
            }
        say("\(Int(nanoseconds)) ns a message")
    }

    // MARK: - Producing

    private func produceC(_ broker: BrokerProcess, _ traceparent: Bool) -> Double {
        kafka_baseline_produce(broker.bootstrap, "produce", Int32(partitions), count, Int32(size), traceparent)
            .nanoseconds
    }

    private func produce(_ broker: BrokerProcess, _ tracing: TracingBackend) async throws -> Double {
        let producer = try KafkaProducer(
            configuration: .init(bootstrapServers: [broker.bootstrap]), tracing: tracing)
        let value = KafkaBytes([UInt8](repeating: 7, count: size))
        var record = KafkaRecord(topic: "produce", value: value)
        record.partition = 0
        _ = try await producer.send(record)
        let time = CPUTime()
        for index in 0..<count {
            record.partition = Int32(index * partitions / count)
            do {
                try producer.enqueue(record)
            } catch let error as KafkaError where error.code == .queueFull {
                _ = try await producer.send(record)
            }
        }
        try await producer.flush()
        let nanoseconds = time.nanoseconds(perMessageOf: count)
        lostInSending.add(tracing)
        await producer.shutdown()
        return nanoseconds
    }

    // MARK: - Consuming

    private func consumeC(_ broker: BrokerProcess, batch: Int32) -> Double {
        kafka_baseline_consume(broker.bootstrap, "consume", Int32(partitions), count, batch).nanoseconds
    }

    private func consumer(_ broker: BrokerProcess) throws -> KafkaConsumer {
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: [broker.bootstrap],
            assignments: (0..<partitions).map {
                KafkaPartitionOffset(topic: "consume", partition: Int32($0), .beginning)
            })
        configuration.properties["fetch.wait.max.ms"] = "10"
        return try KafkaConsumer(configuration: configuration, tracing: .discarding())
    }

    private func consumeBatches(_ broker: BrokerProcess) async throws -> Double {
        let consumer = try consumer(broker)
        var taken = 0
        var bytes = 0
        var time: CPUTime?
        for try await batch in consumer.batches(maxCount: 500, maxWait: .milliseconds(50)) {
            if time == nil { time = CPUTime() }
            try await batch.process { messages in
                for message in messages { bytes += message.withValue { $0?.byteCount ?? 0 } }
            }
            taken += batch.count
            if taken >= count { break }
        }
        let nanoseconds = time!.nanoseconds(perMessageOf: taken)
        await consumer.shutdown()
        precondition(bytes == taken * size)
        return nanoseconds
    }

    private func consumeOneByOne(_ broker: BrokerProcess) async throws -> Double {
        let consumer = try consumer(broker)
        var taken = 0
        var bytes = 0
        var time: CPUTime?
        for try await message in consumer.messages {
            if time == nil { time = CPUTime() }
            try await message.process { bytes += message.withValue { $0?.byteCount ?? 0 } }
            taken += 1
            if taken >= count { break }
        }
        let nanoseconds = time!.nanoseconds(perMessageOf: taken)
        await consumer.shutdown()
        precondition(bytes == taken * size)
        return nanoseconds
    }
}
