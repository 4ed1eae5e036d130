import CKafkaBaseline
import Foundation
import TracedKafka
import TracingCore
import TracingTestKit

// kafka-benchmarks [--quick] [--rounds N]      all cases, beside raw C, interleaved
// kafka-benchmarks profile CASE [COUNT]        one case of 0…3 without raw C, for a profiler
// kafka-benchmarks broker TOPIC:PARTITIONS …   a broker in a process of its own, so that its CPU time is not counted

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "broker" {
    try BrokerProcess.serve(arguments.dropFirst())
} else if arguments.first == "profile", arguments.count >= 2, let number = Int(arguments[1]), 0..<4 ~= number {
    try await Benchmarks(rounds: 1, count: arguments.count > 2 ? Int(arguments[2]) ?? 0 : 1_000_000).profile(number)
} else {
    let rounds = arguments.firstIndex(of: "--rounds").flatMap { Int(arguments[$0 + 1]) }
    let isQuick = arguments.contains("--quick")
    try await Benchmarks(rounds: rounds ?? (isQuick ? 3 : 7), count: isQuick ? 300_000 : 1_000_000).run()
}

/// Writes a line at once: `print` would keep it back while the output is a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
