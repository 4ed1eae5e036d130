import CKafkaBaseline
import Foundation
import TracedKafka
import TracingCore
import TracingTestKit

// kafka-benchmarks [--quick] [--rounds N]      all cases, beside raw C, interleaved
// kafka-benchmarks broker TOPIC:PARTITIONS …   a broker in a process of its own, so that its CPU time is not counted

setvbuf(stdout, nil, _IOLBF, 0)
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "broker" {
    try BrokerProcess.serve(arguments.dropFirst())
} else {
    let rounds = arguments.firstIndex(of: "--rounds").flatMap { Int(arguments[$0 + 1]) }
    let isQuick = arguments.contains("--quick")
    try await Benchmarks(rounds: rounds ?? (isQuick ? 3 : 7), count: isQuick ? 300_000 : 1_000_000).run()
}
