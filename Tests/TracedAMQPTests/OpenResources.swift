import Foundation
import SpanlinkRuntime

/// What this process holds for one broker: threads and sockets. The whole process's would be those of the tests beside as well.
struct OpenResources: Equatable {
    var threads = 0
    var sockets = 0

    /// Whether the system shows them.
    static var areVisible: Bool { FileManager.default.fileExists(atPath: "/proc/self/task") }
    static let absence = "the system has no /proc/self/task"

    init() {}

    /// - Parameter port: the broker's on loopback.
    init(ofBrokerAt port: Int) {
        threads = Self.threads(ofBrokerAt: port).count
        // One may have several descriptors.
        sockets = Set(Self.descriptors(ofBrokerAt: port).values).count
    }

    /// The descriptors of sockets to a broker, each with its socket.
    private static func descriptors(ofBrokerAt port: Int) -> [Int32: Substring] {
        let inodes = Self.inodes(ofConnectionsTo: port)
        var descriptors: [Int32: Substring] = [:]
        for name in names("/proc/self/fd") {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            guard let target, target.hasPrefix("socket:["), target.hasSuffix("]") else { continue }
            let inode = target.dropFirst("socket:[".count).dropLast()
            if let descriptor = Int32(name), inodes.contains(inode) { descriptors[descriptor] = inode }
        }
        return descriptors
    }

    /// Has the sockets to a broker take little at a time, as far from it as a network can be.
    static func shrinkSendBuffers(ofBrokerAt port: Int) {
        #if os(Linux)
        for descriptor in descriptors(ofBrokerAt: port).keys {
            var size: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        #endif
    }

    /// The threads that serve a broker, by number.
    static func threads(ofBrokerAt port: Int) -> [(id: String, name: String)] {
        names("/proc/self/task").compactMap { id in
            let name = (try? String(contentsOfFile: "/proc/self/task/\(id)/comm", encoding: .utf8)) ?? ""
            let own = ["amqp-\(port)\n", "amqp-\(port)-pub\n"].contains(name)
            return own ? (id, String(name.dropLast())) : nil
        }
    }

    /// How often a thread has gone to sleep so far.
    static func sleeps(ofThread id: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/task/\(id)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
        return line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0
    }

    private static func inodes(ofConnectionsTo port: Int) -> Set<Substring> {
        let suffix = ":" + String(format: "%04X", port)
        var inodes: Set<Substring> = []
        for table in ["tcp", "tcp6"] {
            // Longer than what Foundation reads of a file that says it is empty.
            let data = try? FileHandle(forReadingAtPath: "/proc/self/net/\(table)")?.readToEnd()
            for line in String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                if fields.count > 9, fields[2].hasSuffix(suffix) { inodes.insert(fields[9]) }
            }
        }
        return inodes
    }

    private static func names(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }
}
