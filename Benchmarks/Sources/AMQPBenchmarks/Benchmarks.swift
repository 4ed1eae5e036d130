import BenchmarkSupport
import Foundation
import TracedAMQP
import TracingCore

/// The Swift adapter beside raw C on the same library, in one process and against one broker, case after case and round after
/// round. Counted is this process alone, with the system's part of sending and receiving.
struct Benchmarks {
    private let rounds: Int
    private let workload: Workload

    init(url: String, rounds: Int, count: Int) {
        self.rounds = rounds
        // Whole batches.
        workload = Workload(
            url: url, queue: "spanlink-benchmark-\(ProcessInfo.processInfo.processIdentifier)",
            count: max(1, count / 1_000) * 1_000, size: 100,
            lostSpans: LostSpans())
    }

    func run() async throws {
        say(
            "AMQP: CPU of this process a message, median of \(rounds) interleaved rounds of \(workload.count) messages of "
                + "\(workload.size) bytes.")
        say("The ratio is the median of each round's ratio to raw C; claim nothing under about 1.2x.\n")
        var cases = Measured.allCases.map { Case(name: $0.name) }
        for _ in 0..<rounds {
            for (index, measured) in Measured.allCases.enumerated() {
                let c = try await withQueue(for: measured) { workload.measureC(measured) }
                let swift = try await withQueue(for: measured) { try await workload.measureSwift(measured) }
                cases[index].add(c: c, swift: swift)
            }
        }
        for measured in cases { say(measured.line) }
        say("Of the sampled spans, the full queue dropped \(workload.lostSpans.count).")
    }

    /// Runs one case alone.
    func profile(_ number: Int) async throws {
        let measured = Measured.allCases[number]
        let nanoseconds = try await withQueue(for: measured) { try await workload.measureSwift(measured) }
        say("\(measured.name): \(Int(nanoseconds)) ns a message")
    }

    /// A queue as the adapter declares it, new for each measurement, with the messages in it that are to be consumed.
    private func withQueue(for measured: Measured, _ body: () async throws -> Double) async throws -> Double {
        let connection = try AMQPConnection(url: workload.url, tracing: TracingBackend.disabled)
        let result = try await connection.withChannel { channel in
            try await channel.deleteQueue(workload.queue)
            try await channel.declareQueue(workload.queue)
            if measured.consumes { workload.fill() }
            let result = try await body()
            try await channel.deleteQueue(workload.queue)
            return result
        }
        await connection.shutdown()
        return result
    }
}
