import BenchmarkSupport
import Foundation
import TracingCore

// export-benchmarks [--quick] [--rounds N]      spans beside plain C that writes the same bytes
// export-benchmarks profile CASE [COUNT]         one case without C, for a profiler

let arguments = BenchmarkArguments()
if let (number, count) = arguments.profile {
    TracerMeasurement.profile(number, count: count ?? 3_000_000)
    exit(0)
}
let rounds = arguments.rounds ?? (arguments.isQuick ? 5 : 11)

say(
    "A span from its start to bytes ready to post: CPU of the process, median of \(rounds) interleaved rounds. C does the"
)
say("same on one thread: ids, two readings of a clock, the same bytes.\n")
let spans = arguments.isQuick ? 50_000 : 200_000
for measured in [
    TracerMeasurement.sendSpan(spans, rounds: rounds), .handlerSpan(spans, rounds: rounds),
    .batchSpan(links: 500, spans / 500, rounds: rounds),
] {
    guard let measured else { fatalError("Swift and C do not write the same bytes") }
    say(measured.line)
}
say("")

say("OTLP in protobuf: CPU of one thread, median of \(rounds) interleaved rounds; both write the same bytes.")
say("Allocations are those of a request once the encoder's memory has grown.\n")
for workload in [Workload.sendSpans(512), .batchSpan(links: 500)] {
    guard let measured = Measurement(workload, rounds: rounds, repetitions: arguments.isQuick ? 300 : 1_000) else {
        fatalError("Swift and C do not write the same bytes")
    }
    say(measured.line)
}
