public import Foundation

/// Runs a script to its end without blocking a thread of the pool; what it printed.
///
/// - Throws: ``ScriptFailure`` when it does not succeed.
public func runScript(_ script: URL, _ arguments: [String]) async throws -> Data {
    let process = Process()
    process.executableURL = script
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    return try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { process in
            // What it started may hold the pipe open: what is there is all there is.
            let data = output.fileHandleForReading.availableData
            if process.terminationStatus == 0 {
                continuation.resume(returning: data)
            } else {
                continuation.resume(throwing: ScriptFailure(call: [script.lastPathComponent] + arguments))
            }
        }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
}

/// A script did not succeed.
public struct ScriptFailure: Error {
    public var call: [String]
}
