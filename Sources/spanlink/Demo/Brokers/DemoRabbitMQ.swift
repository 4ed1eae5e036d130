import TracedAMQP
import TracingCore

/// The RabbitMQ of the demo, with a queue of its own.
struct DemoRabbitMQ: Sendable {
    /// The queue that settlements go to.
    let settlements: String
    fileprivate let configuration: AMQPConnection.Configuration
    /// Holds what the demo has declared.
    private let control: AMQPConnection

    /// What became of looking for it.
    enum Search {
        case found(DemoRabbitMQ)
        /// Nobody named one.
        case notNamed
        /// The one that was named cannot be used, for this reason.
        case unusable(String)

        var broker: DemoRabbitMQ? { if case .found(let broker) = self { broker } else { nil } }
    }

    /// The broker that `AMQP_URL` or the command line names. Without one the Kafka half is shown alone.
    ///
    /// - Throws: `UsageError` for what is no URL of a broker.
    static func find(_ options: DemoOptions) async throws -> Search {
        guard let url = options.amqpURL, !url.isEmpty else { return .notNamed }
        do {
            return .found(try await DemoRabbitMQ(url))
        } catch let error as AMQPError where error.code == .invalidConfiguration {
            throw UsageError("the URL of RabbitMQ cannot be used: \(error.message)")
        } catch let error as AMQPError {
            return .unusable(error.message)
        }
    }

    private init(_ url: String) async throws {
        var configuration = try AMQPConnection.Configuration(url: url)
        configuration.connectTimeout = min(configuration.connectTimeout, .seconds(5))
        configuration.recoveryTimeout = .seconds(3)
        configuration.logSink = NoLogSink()
        self.configuration = configuration
        control = try AMQPConnection(configuration: configuration, tracing: .disabled)
        do {
            settlements = try await Self.declareQueue("settlements", over: control)
        } catch {
            await control.shutdown(timeout: .zero)
            throw error
        }
    }

    /// Declares a queue of that name, or of a longer one when someone else has it.
    ///
    /// The time after which an unused queue goes away is random here: the broker accepts the name only when it is new, and
    /// what a killed demo leaves behind is gone within two minutes.
    private static func declareQueue(_ name: String, over connection: AMQPConnection) async throws -> String {
        let arguments: AMQPTable = ["x-expires": .int32(.random(in: 60_000...120_000))]
        let run = String(UInt32.random(in: .min ... .max), radix: 36)
        do {
            return try await connection.withChannel { try await $0.declareQueue(name, arguments: arguments).name }
        } catch let error as AMQPError where error.code == .preconditionFailed || error.code == .resourceLocked {
            return try await connection.withChannel {
                try await $0.declareQueue("spanlink-demo-\(run)-\(name)", arguments: arguments).name
            }
        }
    }

    /// A connection for one of the services.
    func connection(_ service: String, tracing: TracingBackend) throws -> AMQPConnection {
        var configuration = configuration
        configuration.connectionName = service
        configuration.logSink = StandardErrorLogSink()
        return try AMQPConnection(configuration: configuration, tracing: tracing)
    }

    /// Takes the queue away.
    func remove() async {
        // A broker that is gone has nothing to remove.
        _ = try? await control.withChannel { try await $0.deleteQueue(settlements) }
        await control.shutdown(timeout: .seconds(5))
    }
}

extension DemoRabbitMQ.Search: CustomStringConvertible {
    var description: String {
        switch self {
        case .found(let broker):
            "\(broker.configuration.host):\(broker.configuration.port), queue \(broker.settlements)"
        case .notNamed:
            "none, so the Kafka half alone (AMQP_URL or --amqp-url names one, scripts/demo starts an installed one)"
        case .unusable(let reason): "none, so the Kafka half alone: \(reason)"
        }
    }
}
