import Foundation
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// TLS and SASL EXTERNAL, with brokers of their own: what is trusted, what is refused, and what the URL can say.
@Suite(
    .serialized, .timeLimit(.minutes(10)), .enabled(if: Broker.isThere, "\(Broker.absence)"),
    .enabled(if: PrivateBroker.isInstalled, "\(PrivateBroker.absence)"))
struct TLSTests {
    /// A broker with certificates of its own, and where they are.
    private struct Secured {
        let broker: PrivateBroker
        let certificates: String
        let port: Int

        /// What the URL says after the host.
        var authority: String { "cacertfile=\(certificates)/ca.pem" }
        var client: String { "certfile=\(certificates)/client.pem&keyfile=\(certificates)/client.key" }

        func url(_ options: String..., user: String = "guest:guest@", host: String = "localhost") -> String {
            "amqps://\(user)\(host):\(port)/%2F?" + options.joined(separator: "&")
        }
    }

    private func withBroker(_ option: String, _ body: (Secured) async throws -> Void) async throws {
        try await PrivateBroker.with(options: [option]) { broker in
            let url = try #require(broker.status.tls_url)
            let port = try AMQPConnection.Configuration(url: url).port
            try await body(Secured(broker: broker, certificates: try #require(broker.status.tls_dir), port: port))
        }
    }

    /// Publishes and gets a message that only `guest` may send.
    private func works(_ url: String) async throws {
        let connection = try AMQPConnection(
            configuration: try configuration(url, recoveryTimeout: .seconds(60)), tracing: .disabled)
        let channel = try await connection.openChannel()
        let queue = try await channel.declareQueue(exclusive: true).name
        let message = AMQPMessage(
            body: [UInt8](repeating: 7, count: 300_000), properties: AMQPProperties(userID: "guest"))
        try await channel.publish(message, routingKey: queue)
        let delivery = try #require(try await channel.get(queue: queue))
        #expect(delivery.body == message.body)
        try await delivery.ack()
        await connection.shutdown()
    }

    private func isRefused(_ url: String, _ says: String = "") async throws {
        let connection = try AMQPConnection(configuration: try configuration(url), tracing: .disabled)
        let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains(says) == true || says.isEmpty, "\(error?.message ?? "")")
        await connection.shutdown()
    }

    private func configuration(
        _ url: String, recoveryTimeout: Duration = .milliseconds(1)
    ) throws -> AMQPConnection.Configuration {
        var configuration = try AMQPConnection.Configuration(url: url)
        configuration.recoveryTimeout = recoveryTimeout
        configuration.logSink = nil
        return configuration
    }

    @Test func theBrokersCertificateIsVerified() async throws {
        try await withBroker("--tls") { secured in
            try await works(secured.url(secured.authority))
            try await works(secured.url("verify=verify_none"))
            // Signed by somebody else, or by nobody that the system knows.
            try await isRefused(
                secured.url("cacertfile=\(secured.certificates)/client.pem"), "certificateAuthorityFile")
            try await isRefused(secured.url(), "certificateAuthorityFile")
            // The certificate is for localhost; 127.1 is the same machine.
            try await isRefused(secured.url(secured.authority, host: "127.1"), "another host")
            try await works(secured.url(secured.authority, "server_name_indication=disable", host: "127.1"))
            // One side without TLS.
            try await isRefused("amqp://guest:guest@localhost:\(secured.port)", "TLS")
            let plain = try AMQPConnection.Configuration(url: secured.broker.status.url).port
            try await isRefused("amqps://guest:guest@localhost:\(plain)?\(secured.authority)", "TLS")
            // No certificate at all.
            let garbage = "\(secured.certificates)/garbage.pem"
            try Data("garbage".utf8).write(to: URL(fileURLWithPath: garbage))
            let connection = try AMQPConnection(
                configuration: try configuration(secured.url("cacertfile=\(garbage)")), tracing: .disabled)
            let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
            #expect(error?.code == .invalidConfiguration && error?.message.contains(garbage) == true)
            await connection.shutdown()
        }
    }

    @Test func theClientsCertificateLogsIn() async throws {
        try await withBroker("--client-certificates") { secured in
            try await works(secured.url(secured.authority, secured.client))
            // EXTERNAL: the user is who the certificate says, and no password is sent.
            try await works(secured.url(secured.authority, secured.client, "auth_mechanism=external", user: ""))
            try await isRefused(secured.url(secured.authority))
            try await everyOptionIsUsed(secured)
        }
    }

    private func everyOptionIsUsed(_ secured: Secured) async throws {
        let url = secured.url(
            secured.authority, secured.client, "verify=verify_peer", "auth_mechanism=external", "heartbeat=5",
            "connection_timeout=20000", "channel_max=2", "frame_max=8192", "name=options", user: "")
        let connection = try AMQPConnection(
            configuration: try configuration(url, recoveryTimeout: .seconds(60)), tracing: .disabled)
        let channel = try await connection.openChannel()
        let other = try await connection.openChannel()
        let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(error?.code == .notAllowed && error?.message.contains("channels") == true)
        // Frames have the size that was asked for.
        let large = await #expect(throws: AMQPError.self) {
            try await channel.declareQueue("q", arguments: ["h": .bytes([UInt8](repeating: 0, count: 8_192))])
        }
        #expect(large?.code == .invalidArgument)
        await other.close()
        await connection.shutdown()
    }
}
