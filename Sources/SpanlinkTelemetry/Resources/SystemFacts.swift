import SpanlinkRuntime
import TracingCore

/// The facts that resource detectors read: calls to the system, files and variables, in one value that tests can write.
struct SystemFacts: Sendable {
    var hostName: String?
    /// The hardware as `uname` names it, such as `x86_64`.
    var machine: String?
    /// The kernel's name and release as `uname` names them, such as `Linux`, `6.1.0`.
    var kernel: (name: String, release: String)?
    var processID: Int
    /// The first argument, by which the program was started.
    var command: String
    var executablePath: String?
    var owner: String?
    var environment: [String: String]
    /// The text of a file; `nil` if it cannot be read.
    var file: @Sendable (_ path: String) -> String?

    /// The facts of this process, with these variables.
    static func current(environment: [String: String]) -> SystemFacts {
        var names = utsname()
        let hasNames = uname(&names) == 0
        func text(_ field: some Any) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return SystemFacts(
            hostName: hasNames ? text(names.nodename) : nil, machine: hasNames ? text(names.machine) : nil,
            kernel: hasNames ? (text(names.sysname), text(names.release)) : nil, processID: Int(getpid()),
            command: CommandLine.arguments.first ?? "", executablePath: link("/proc/self/exe"), owner: userName(),
            environment: environment, file: { FileText.contents(of: $0) })
    }

    private static func link(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            let count = readlink(path, buffer.baseAddress!, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(
                decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), as: UTF8.self)
        }
    }

    private static func userName() -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard getpwuid_r(geteuid(), &entry, buffer.baseAddress!, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            return String(cString: name)
        }
    }
}

/// Reads small files of the system.
enum FileText {
    /// The text of a file, at most 1 MiB of it; `nil` if it cannot be read.
    static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// UUIDs of version 4 (RFC 9562).
enum RandomUUID {
    static func next() -> String {
        let high = UInt64.random(in: .min ... .max) & ~0xF000 | 0x4000
        let low = UInt64.random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62
        let digits = Array(TraceID(high: high, low: low).hexString)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }
}
