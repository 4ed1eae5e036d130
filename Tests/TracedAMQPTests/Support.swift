import Foundation
import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// The broker that tests use, from the environment: `scripts/test` starts one.
enum Broker {
    static let url = ProcessInfo.processInfo.environment["AMQP_URL"].flatMap { $0.isEmpty ? nil : $0 }
    static let isThere = url != nil
    static let absence = "no RabbitMQ: set AMQP_URL, or let scripts/test start one"

    /// Who the tests log in as.
    static var user: String {
        if case .plain(let user, _)? = try? AMQPConnection.Configuration(url: url!).credentials {
            user
        } else {
            "guest"
        }
    }

    /// The numeric addresses that its host has.
    static var addresses: Set<String> {
        guard let host = try? AMQPConnection.Configuration(url: url!).host else { return [] }
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &found) == 0 else { return [] }
        defer { freeaddrinfo(found) }
        var addresses: Set<String> = []
        var next = found
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: 128)
            if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, 128, nil, 0, NI_NUMERICHOST) == 0 {
                addresses.insert(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
            next = entry.ai_next
        }
        return addresses
    }

    /// A name that no other test uses.
    static func name(_ purpose: String) -> String { "\(purpose)-\(UUID().uuidString)" }

    /// A connection that is closed when `body` is done.
    static func withConnection<Result>(
        tracing: TracingBackend = MemoryTracing().backend,
        options: MessagingTracingOptions = MessagingTracingOptions(), _ body: (AMQPConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try AMQPConnection(url: url!, tracing: tracing, options: options)
        do {
            let result = try await body(connection)
            await connection.shutdown(timeout: .seconds(20))
            return result
        } catch {
            await connection.shutdown(timeout: .zero)
            throw error
        }
    }

    /// A channel, and a queue of that name for it, which goes away afterwards.
    static func withQueue<Result>(
        tracing: TracingBackend = MemoryTracing().backend, durable: Bool = true, arguments: AMQPTable = [:],
        _ body: (AMQPChannel, String) async throws -> Result
    ) async throws -> Result {
        try await withConnection(tracing: tracing) { connection in
            let queue = name("test")
            return try await connection.withChannel { channel in
                try await channel.declareQueue(queue, durable: durable, arguments: arguments)
                do {
                    let result = try await body(channel, queue)
                    try await connection.withChannel { _ = try await $0.deleteQueue(queue) }
                    return result
                } catch {
                    try? await connection.withChannel { _ = try await $0.deleteQueue(queue) }
                    throw error
                }
            }
        }
    }
}

/// Counts in many tasks.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock(\.self) }

    func increment() { count.withLock { $0 += 1 } }
}
