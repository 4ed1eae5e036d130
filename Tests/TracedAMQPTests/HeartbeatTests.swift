import TestSupport
import Testing
import TracedAMQP
import TracingCore

extension FaultTests {
    /// A broker that says nothing: because nothing happens, or because it stands still. When it is noticed is up to
    /// `HeartbeatWatch`.
    @Suite struct HeartbeatTests {
        private func withConnection(
            _ body: (PrivateBroker, AMQPChannel, RecordingLogSink) async throws -> Void
        ) async throws {
            try await PrivateBroker.with { broker in
                let log = RecordingLogSink(level: .info)
                var configuration = try broker.configuration
                configuration.heartbeat = .seconds(3)
                configuration.connectTimeout = .seconds(10)
                configuration.connectionName = "test"
                configuration.logSink = log
                let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                try await channel.publish(AMQPMessage(body: "0"), routingKey: "q")
                do {
                    try await body(broker, channel, log)
                    await connection.shutdown()
                } catch {
                    broker.thaw()
                    await connection.shutdown(timeout: .zero)
                    throw error
                }
            }
        }

        @Test func anIdleConnectionStaysOpen() async throws {
            try await withConnection { broker, channel, log in
                func connections() async throws -> [Substring] {
                    try await broker.control("list_connections", "pid", "timeout", "client_properties")
                        .split(separator: "\n").filter { $0.contains("\"test") }.sorted()
                }
                let before = try await connections()
                // Both sockets, by names that tell them apart, with the heartbeat that was asked for.
                #expect(before.count == 2 && before.allSatisfy { $0.split(separator: "\t")[1] == "3" })
                #expect(before.contains { $0.contains("\"test\"") })
                #expect(before.contains { $0.contains("\"test (publishing)\"") })
                // Ten intervals.
                try await Task.sleep(for: .seconds(30))
                #expect(try await connections() == before)
                try await channel.publish(AMQPMessage(body: "1"), routingKey: "q")
                #expect(log.entries.isEmpty)
            }
        }

        /// Only heartbeats end these waits.
        @Test func aFrozenBrokerIsNoticedOnBothSockets() async throws {
            try await withConnection { broker, channel, log in
                try await broker.freeze()
                async let declared: AMQPError? = #expect(throws: AMQPError.self) { try await channel.declareQueue("q") }
                async let published: AMQPError? = #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "1"), routingKey: "q")
                }
                #expect(await declared?.code == .connectionLost)
                #expect(await published?.code == .outcomeUnknown)
                try await eventually("both sockets say why") {
                    log.entries.filter { $0.message.contains("heartbeat") }.count == 2
                }
                broker.thaw()
                try await channel.publish(AMQPMessage(body: "2"), routingKey: "q", mandatory: true)
            }
        }

        /// The body fills every buffer on the way, and the thread waits in the midst of it.
        @Test func aBrokerThatFreezesInABodyIsNoticed() async throws {
            try await withConnection { broker, channel, _ in
                let body = [UInt8](repeating: 1, count: 50_000_000)
                try await broker.freeze()
                let error = await #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: body), routingKey: "q")
                }
                #expect(error?.code == .outcomeUnknown)
                broker.thaw()
                try await channel.publish(AMQPMessage(body: "2"), routingKey: "q", mandatory: true)
            }
        }
    }
}
