import BenchmarkSupport
import TracingCore

// export-benchmarks [--quick] [--rounds N]      OTLP's encoder beside plain C that writes the same bytes

let arguments = BenchmarkArguments()
let rounds = arguments.rounds ?? (arguments.isQuick ? 5 : 11)

say("OTLP in protobuf: CPU of one thread, median of \(rounds) interleaved rounds; both write the same bytes.")
say("Allocations are those of a request once the encoder's memory has grown.\n")
for workload in [Workload.sendSpans(512), .batchSpan(links: 500)] {
    guard let measured = Measurement(workload, rounds: rounds, repetitions: arguments.isQuick ? 300 : 1_000) else {
        fatalError("Swift and C do not write the same bytes")
    }
    say(measured.line)
}
