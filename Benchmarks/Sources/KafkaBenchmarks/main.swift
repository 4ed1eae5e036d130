import BenchmarkSupport

// kafka-benchmarks [--quick] [--rounds N]      all cases, beside raw C, interleaved
// kafka-benchmarks profile CASE [COUNT]        one case of 0…3 without raw C, for a profiler
// kafka-benchmarks broker TOPIC:PARTITIONS …   a broker in a process of its own, so that its CPU time is not counted

let arguments = BenchmarkArguments()
if CommandLine.arguments.dropFirst().first == "broker" {
    try BrokerProcess.serve(CommandLine.arguments.dropFirst(2))
} else if let (number, count) = arguments.profile {
    try await Benchmarks(rounds: 1, count: count ?? 1_000_000).profile(number)
} else {
    try await Benchmarks(
        rounds: arguments.rounds ?? (arguments.isQuick ? 3 : 7), count: arguments.isQuick ? 300_000 : 1_000_000
    ).run()
}
