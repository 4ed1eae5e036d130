import BenchmarkSupport
import Foundation

// amqp-benchmarks [--quick] [--rounds N]      all cases, beside raw C, interleaved
// amqp-benchmarks profile CASE [COUNT]        one case of 0…4 without raw C, for a profiler
//
// The broker is the one that AMQP_URL names.

guard let url = ProcessInfo.processInfo.environment["AMQP_URL"] else {
    say("AMQP_URL names no broker; `scripts/bench` starts one")
    exit(2)
}
let arguments = BenchmarkArguments()
if let (number, count) = arguments.profile {
    try await Benchmarks(url: url, rounds: 1, count: count ?? 200_000).profile(number)
} else {
    try await Benchmarks(
        url: url, rounds: arguments.rounds ?? (arguments.isQuick ? 3 : 7), count: arguments.isQuick ? 20_000 : 100_000
    ).run()
}
