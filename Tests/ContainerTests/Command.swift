import Foundation

/// A program that is run to its end, without holding a thread of the tests' pool.
enum Command {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What it wrote to its standard output.
    static func run(_ path: String, _ arguments: [String]) async throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let data = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: data)
            }
        }
        guard process.terminationStatus == 0 else {
            let complaints = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Failure(description: "\(path) \(arguments): status \(process.terminationStatus)\n\(complaints)")
        }
        return data
    }
}
