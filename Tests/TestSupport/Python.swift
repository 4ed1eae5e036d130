import Foundation

/// Runs a Python script that stands beside the file that asks for it.
///
/// The interpreter is the one in the environment variable `SPANLINK_PYTHON`, else `python3`.
public enum Python {
    private static let interpreter: String = {
        let path = ProcessInfo.processInfo.environment["SPANLINK_PYTHON"] ?? ""
        return path.isEmpty ? "python3" : path
    }()

    /// Starts the script.
    public static func start(
        _ script: String, _ arguments: [String], input: ChildProcess.Stream, output: ChildProcess.Stream,
        beside file: String = #filePath
    ) throws -> ChildProcess {
        try ChildProcess(interpreter, [path(script, beside: file)] + arguments, input: input, output: output)
    }

    /// Runs the script to its end; what it printed.
    public static func run(
        _ script: String, _ arguments: [String], beside file: String = #filePath
    ) throws -> ChildProcess.Result {
        try ChildProcess.run(interpreter, [path(script, beside: file)] + arguments)
    }

    private static func path(_ script: String, beside file: String) -> String {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        return script.hasPrefix("/") ? script : folder.appendingPathComponent(script).path
    }

    public static let isAvailable = (try? run("/dev/null", []))?.exit == .status(0)
    public static let absence = "no python3: name one in SPANLINK_PYTHON"
}
