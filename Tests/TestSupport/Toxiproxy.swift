import Foundation

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// A Toxiproxy of one test's own, through its HTTP interface.
public struct Toxiproxy: Sendable {
    private struct Started: Decodable { var api: URL }

    /// One way through it.
    public struct Proxy: Sendable {
        public let port: Int
        fileprivate let url: URL
    }

    public enum Direction: String, CaseIterable, Sendable { case upstream, downstream }

    private let directory: URL
    private let api: URL

    public static var isThere: Bool { FileManager.default.isExecutableFile(atPath: script.path) }
    public static let absence = "no Toxiproxy: it is among the shared parts for tests"
    private static var script: URL { SharedFiles.root.appendingPathComponent("brokers/toxiproxy/toxiproxy") }

    /// Starts one for as long as `body` runs.
    public static func with(_ body: (Toxiproxy) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("toxiproxy-\(UUID().uuidString)")
        let output = try await ChildProcess.output(of: script.path, ["start", "--dir", directory.path])
        let proxy = Toxiproxy(directory: directory, api: try JSONDecoder().decode(Started.self, from: output).api)
        func stop() async {
            _ = try? await ChildProcess.output(of: script.path, ["stop", "--dir", directory.path])
            try? FileManager.default.removeItem(at: directory)
        }
        do {
            try await body(proxy)
            await stop()
        } catch {
            await stop()
            throw error
        }
    }

    /// A new way to a port on loopback.
    public func proxy(_ name: String, to port: Int) async throws -> Proxy {
        struct Made: Decodable { var listen: String }
        let data = try await send(
            "POST", api.appendingPathComponent("proxies"),
            ["name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:\(port)", "enabled": true])
        let listen = try JSONDecoder().decode(Made.self, from: data).listen
        return Proxy(
            port: Int(listen.split(separator: ":").last ?? "") ?? 0,
            url: api.appendingPathComponent("proxies").appendingPathComponent(name))
    }

    /// Breaks it from now on.
    public func add(_ toxic: String, _ attributes: [String: Int], _ direction: Direction, to proxy: Proxy) async throws
    {
        _ = try await send(
            "POST", proxy.url.appendingPathComponent("toxics"),
            ["name": direction.rawValue, "type": toxic, "stream": direction.rawValue, "attributes": attributes])
    }

    /// Mends what ``add(_:_:_:to:)`` broke in a direction.
    public func remove(_ direction: Direction, from proxy: Proxy) async throws {
        _ = try await send(
            "DELETE", proxy.url.appendingPathComponent("toxics").appendingPathComponent(direction.rawValue), nil)
    }

    /// Refuses connections and drops those that stand, or takes them again.
    public func set(_ proxy: Proxy, isUp: Bool) async throws {
        _ = try await send("POST", proxy.url, ["enabled": isUp])
    }

    private func send(_ method: String, _ url: URL, _ body: [String: Any]?) async throws -> Data {
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let body { request.httpBody = try JSONSerialization.data(withJSONObject: body) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard (200..<300).contains(status) else {
            throw Refused(text: "\(method) \(url.path): \(status) \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }

    public struct Refused: Error { public var text: String }
}
