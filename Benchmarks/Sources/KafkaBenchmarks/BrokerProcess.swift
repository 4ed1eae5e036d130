import BenchmarkSupport
import Foundation
import TracingTestKit

/// An embedded broker in a process of its own: the benchmark measures its own process only.
final class BrokerProcess {
    let bootstrap: String
    private let process = Process()

    init(topics: [String: Int]) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["broker"] + topics.map { "\($0.key):\($0.value)" }
        process.standardOutput = output
        process.standardInput = Pipe()
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw POSIXError(.ECHILD) }
            line += more
        }
        bootstrap = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Foundation starts it with the signals of a dispatch thread, which do not let SIGTERM through.
    deinit { kill(process.processIdentifier, SIGKILL) }

    /// Serves until standard input ends.
    static func serve(_ topics: some Sequence<String>) throws {
        let kafka = try EmbeddedKafka(
            topics: Dictionary(
                uniqueKeysWithValues: topics.map {
                    let parts = $0.split(separator: ":")
                    return (String(parts[0]), Int(parts[1])!)
                }))
        say(kafka.bootstrapServers.joined(separator: ","))
        while FileHandle.standardInput.availableData.count > 0 {}
        withExtendedLifetime(kafka) {}
    }
}
