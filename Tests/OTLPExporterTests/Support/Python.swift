import Foundation

/// Runs a Python script that stands beside the tests.
///
/// The interpreter is the one in the environment variable `SPANLINK_PYTHON`, else `python3`.
enum Python {
    static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    private static let interpreter: String = {
        let path = ProcessInfo.processInfo.environment["SPANLINK_PYTHON"] ?? ""
        return path.isEmpty ? "python3" : path
    }()

    /// A process that runs the script, not started.
    static func process(_ script: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, script.hasPrefix("/") ? script : scripts.appendingPathComponent(script).path]
        process.arguments! += arguments
        return process
    }

    /// Runs the script to its end; what it printed.
    static func run(_ script: String, _ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let process = process(script, arguments)
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, errorText)
    }

    static let isAvailable = (try? run("/dev/null", []))?.status == 0
    static let absence = "no python3: name one in SPANLINK_PYTHON"

    /// Whether OpenTelemetry's own definitions can be imported.
    static let hasDefinitions = (try? run("check_protobuf.py", ["probe"]))?.status == 0
    static let definitionsAbsence =
        "no Python with opentelemetry-proto: pip install it in a venv and name its python in SPANLINK_PYTHON"
}
