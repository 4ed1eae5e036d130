import Foundation
import SpanlinkRuntime
import TestSupport
import TracedAMQP
import TracingCore

/// Stands between a client and the broker, counts what passes, and cuts connections or holds answers when told: what a network
/// does to both.
final class CuttableProxy: Sendable {
    private struct State {
        /// Of each connection, the client's and the broker's.
        var sockets: [Int: [Int32]] = [:]
        var accepted = 0
        var traffic = AMQPTraffic()
        /// Connections that the client has lost, and the broker has not.
        var isHalfOpen: Set<Int> = []
        var isDown = false
        var isOver = false
    }

    let port: Int
    private let listener: Int32
    private let target: sockaddr_in
    private let state = Mutex(State())
    /// On which connections answers are held.
    private let gate = Gate()

    /// A proxy to a port on loopback.
    init(to targetPort: Int) {
        target = Self.address(targetPort)
        let descriptor = socket(AF_INET, Self.stream, 0)
        var own = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = Self.with(&own) { bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0 }
        precondition(bound, "no port for a proxy")
        _ = Self.with(&own) { getsockname(descriptor, $0, &length) }
        port = Int(UInt16(bigEndian: own.sin_port))
        listener = descriptor
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(descriptor, nil, nil)
                if client < 0 || state.withLock(\.isOver) { break }
                if state.withLock(\.isDown) { close(client) } else { forward(client) }
            }
            // Here alone: another thread would close it under this one's accept.
            close(descriptor)
        }
    }

    /// A connection to the broker of tests through one.
    static func withConnection(
        resendsUnconfirmed: Bool = false, separatesPublishing: Bool = true, recoveryTimeout: Duration = .seconds(30),
        tracing: FileTracing = FileTracing(), configure: (inout AMQPConnection.Configuration) -> Void = { _ in },
        _ body: (AMQPConnection, CuttableProxy) async throws -> Void
    ) async throws {
        var configuration = try AMQPConnection.Configuration(url: Broker.url!)
        let proxy = CuttableProxy(to: configuration.port)
        configuration.port = proxy.port
        configuration.resendsUnconfirmed = resendsUnconfirmed
        configuration.separatesPublishing = separatesPublishing
        configuration.recoveryTimeout = recoveryTimeout
        configuration.reconnect.initialDelay = .milliseconds(20)
        configuration.reconnect.multiplier = 1
        // Answers may be held for as long as a test likes.
        configuration.connectTimeout = .seconds(600)
        configuration.logSink = nil
        configure(&configuration)
        let connection = try AMQPConnection(configuration: configuration, tracing: tracing.backend)
        do {
            try await body(connection, proxy)
            await connection.shutdown()
            proxy.stop()
        } catch {
            await connection.shutdown(timeout: .zero)
            proxy.stop()
            throw error
        }
    }

    /// How many connections have come.
    var accepted: Int { state.withLock(\.accepted) }

    /// What has passed.
    var traffic: AMQPTraffic { state.withLock(\.traffic) }

    /// Cuts every connection, or one, counted from 0 in the order they came; new ones are served.
    func cut(_ number: Int? = nil) {
        // Under the lock, which whoever closes them takes first.
        state.withLock { state in
            for (connection, sockets) in state.sockets where number == nil || number == connection {
                for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            }
        }
    }

    /// Cuts every connection on the client's side. The broker hears nothing any more, and notices by that alone.
    func cutClients() {
        state.withLock { state in
            for (number, sockets) in state.sockets {
                state.isHalfOpen.insert(number)
                shutdown(sockets[0], Int32(SHUT_RDWR))
            }
        }
    }

    /// Cuts every connection, and turns away new ones until ``comeUp()``.
    func goDown() {
        state.withLock { $0.isDown = true }
        cut()
    }

    func comeUp() { state.withLock { $0.isDown = false } }

    /// Nothing of the broker's passes while `body` runs, on connections counted from 0 in the order they came.
    func holdingAnswers<Result>(of numbers: Int..., body: () async throws -> Result) async rethrows -> Result {
        gate.shut(Set(numbers))
        defer { gate.shut([]) }
        return try await body()
    }

    /// Whether something of the broker's is held.
    var isHolding: Bool { gate.isHolding }

    /// Lets pass what has come so far of what is held.
    func passHeldAnswer() { gate.passOne() }

    /// Cuts every connection, and takes no more.
    func stop() {
        state.withLock { state in
            // Once, and before it is closed: later its number may be that of another test's socket.
            if !state.isOver { shutdown(listener, Int32(SHUT_RDWR)) }
            state.isOver = true
        }
        cut()
    }

    private func forward(_ client: Int32) {
        let broker = socket(AF_INET, Self.stream, 0)
        var target = target
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard Self.with(&target, { connect(broker, $0, size) }) == 0 else {
            close(client)
            close(broker)
            return
        }
        let number = state.withLock { state in
            state.sockets[state.accepted] = [client, broker]
            state.accepted += 1
            return state.accepted - 1
        }
        let directions = Directions()
        for (source, sink) in [(client, broker), (broker, client)] {
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                var frames = AMQPTraffic.Frames(fromClient: source == client)
                pump: while true {
                    let count = recv(source, &buffer, buffer.count, 0)
                    if count <= 0 { break }
                    if source == broker { self.gate.pass(number) }
                    let methods = frames.methods(buffer[..<count])
                    self.state.withLock { state in
                        for method in methods { state.traffic.passed(method, fromClient: source == client) }
                    }
                    var sent = 0
                    while sent < count {
                        let written = buffer.withUnsafeBytes {
                            send(sink, $0.baseAddress! + sent, count - sent, Self.noSignal)
                        }
                        if written <= 0 {
                            if self.isHalfOpen(number) { continue pump }
                            break pump
                        }
                        sent += written
                    }
                }
                if source == broker || !self.isHalfOpen(number) {
                    shutdown(source, Int32(SHUT_RDWR))
                    shutdown(sink, Int32(SHUT_RDWR))
                }
                // Numbers are not reused while the other direction still reads.
                if directions.isLast() {
                    self.state.withLock { state in state.sockets[number] = nil }
                    close(client)
                    close(broker)
                }
            }
        }
    }

    private func isHalfOpen(_ number: Int) -> Bool { state.withLock { $0.isHalfOpen.contains(number) } }

    /// Blocks threads while it is shut. `@unchecked`: what changes is touched under the condition's lock alone.
    private final class Gate: @unchecked Sendable {
        private let condition = NSCondition()
        private var shut: Set<Int> = []
        private var waiting = 0
        private var passes = 0

        var isHolding: Bool { condition.withLock { waiting > 0 } }

        func shut(_ numbers: Set<Int>) {
            condition.withLock { (shut, passes) = (numbers, 0) }
            condition.broadcast()
        }

        func passOne() {
            condition.withLock { passes += 1 }
            condition.broadcast()
        }

        func pass(_ number: Int) {
            condition.withLock {
                waiting += 1
                while shut.contains(number), passes == 0 { condition.wait() }
                waiting -= 1
                if shut.contains(number) { passes -= 1 }
            }
        }
    }

    private final class Directions: Sendable {
        private let left = Mutex(2)

        func isLast() -> Bool {
            left.withLock { left in
                left -= 1
                return left == 0
            }
        }
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func with<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    #if os(Linux)
    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
    private static let stream = SOCK_STREAM
    private static let noSignal: Int32 = 0
    #endif
}
