import SpanlinkRuntime
import TracingCore

extension Resource {
    /// What the program can say of itself: SDK, process, host, and a service name to fall back to (conventions, "Resource").
    ///
    /// `service.instance.id` is a random UUID, another one each time.
    static var detected: Resource {
        let executable = executableName
        var attributes: Attributes = [
            "service.name": .string(executable.isEmpty ? "unknown_service" : "unknown_service:\(executable)"),
            "service.instance.id": .string(randomUUID()),
            "telemetry.sdk.name": "spanlink",
            "telemetry.sdk.language": "swift",
            "telemetry.sdk.version": .string(SpanlinkVersion.current),
            "process.pid": .int(Int(getpid())),
        ]
        if !executable.isEmpty { attributes["process.executable.name"] = .string(executable) }
        if let hostName { attributes["host.name"] = .string(hostName) }
        return Resource(attributes: attributes)
    }

    private static var executableName: String {
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""
    }

    private static var hostName: String? {
        var name = [UInt8](repeating: 0, count: 256)
        let result = name.withUnsafeMutableBytes {
            gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
        }
        let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        return result == 0 && !text.isEmpty ? text : nil
    }

    /// A UUID of version 4 (RFC 9562).
    private static func randomUUID() -> String {
        let high = UInt64.random(in: .min ... .max) & ~0xF000 | 0x4000
        let low = UInt64.random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62
        let digits = Array(TraceID(high: high, low: low).hexString)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }
}
