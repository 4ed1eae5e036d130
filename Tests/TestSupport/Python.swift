public import Foundation

/// Runs a Python script that stands beside the file that asks for it.
///
/// The interpreter is the one in the environment variable `SPANLINK_PYTHON`, else `python3`.
public enum Python {
    private static let interpreter: String = {
        let path = ProcessInfo.processInfo.environment["SPANLINK_PYTHON"] ?? ""
        return path.isEmpty ? "python3" : path
    }()

    /// A process that runs the script, not started.
    public static func process(
        _ script: String, _ arguments: [String], beside file: String = #filePath
    ) -> Process {
        let process = Process()
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, script.hasPrefix("/") ? script : folder.appendingPathComponent(script).path]
        process.arguments! += arguments
        return process
    }

    /// Runs the script to its end; what it printed.
    public static func run(
        _ script: String, _ arguments: [String], beside file: String = #filePath
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = process(script, arguments, beside: file)
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, errorText)
    }

    public static let isAvailable = (try? run("/dev/null", []))?.status == 0
    public static let absence = "no python3: name one in SPANLINK_PYTHON"
}
