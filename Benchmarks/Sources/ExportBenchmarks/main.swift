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

// The sink's process starts before this one has a second thread.
let throughput = ThroughputMeasurement()

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

if let throughput {
    say("\nThreads that end spans at full rate, exported over HTTP to a sink in another process.")
    let c = throughput.postsOfC(seconds: arguments.isQuick ? 0.5 : 2)
    say(String(format: "C posts prepared bodies of 512 spans: %.0f k spans/s", c / 1000))
    for threads in [1, 2, 4, 8] {
        say(try throughput.line(threads: threads, spans: (arguments.isQuick ? 1_000_000 : 8_000_000) / threads, c: c))
    }
    throughput.stop()
}
