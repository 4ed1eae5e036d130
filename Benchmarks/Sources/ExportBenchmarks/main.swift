import CMallocCounter
import COTLPBaseline
import Foundation
import OTLPExporter
import TracingCore

// export-benchmarks [--quick] [--rounds N]      OTLP's encoder beside plain C that writes the same bytes

let arguments = Array(CommandLine.arguments.dropFirst())
let isQuick = arguments.contains("--quick")
let rounds = arguments.firstIndex(of: "--rounds").flatMap { Int(arguments[$0 + 1]) } ?? (isQuick ? 5 : 11)

print("OTLP in protobuf: CPU of one thread, median of \(rounds) interleaved rounds; both write the same bytes.")
print("Allocations are those of a request once the encoder's memory has grown.\n")
for workload in [Workload.sendSpans(512), .batchSpan(links: 500)] {
    guard let measured = Measurement(workload, rounds: rounds, repetitions: isQuick ? 300 : 1_000) else {
        fatalError("Swift and C do not write the same bytes")
    }
    print(measured.line)
}
