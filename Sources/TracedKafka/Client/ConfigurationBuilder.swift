import CLibrdkafka
import SpanlinkRuntime

/// Builds the `rd_kafka_conf_t` of a client: our defaults first, then the user's properties, which win.
///
/// Owns the configuration until `rd_kafka_new` takes it.
final class ConfigurationBuilder {
    private var raw: OpaquePointer?

    init() { raw = rd_kafka_conf_new() }

    deinit {
        if let raw { rd_kafka_conf_destroy(raw) }
    }

    var pointer: OpaquePointer { raw! }

    /// Gives the configuration to who destroys it: `rd_kafka_new` that succeeded.
    func relinquish() { raw = nil }

    func set(_ name: String, _ value: String) throws {
        if let text = attempt(name, value) {
            throw KafkaError(
                .invalidConfiguration,
                "\(text). Correct or remove the property \"\(name)\" (librdkafka \(String(cString: rd_kafka_version_str())))."
            )
        }
    }

    /// Refuses a value that this client cannot work with.
    func refuse(_ name: String, _ isWrong: (String) -> Bool, _ advice: String) throws {
        guard let value = value(name), isWrong(value) else { return }
        throw KafkaError(
            .invalidConfiguration, "\(name)=\(ShownProperties.shown(name, value)) cannot be used here. \(advice)")
    }

    /// Sets a property if this librdkafka has it.
    func setIfKnown(_ name: String, _ value: String) -> Bool { attempt(name, value) == nil }

    func value(_ name: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            var size = buffer.count
            guard rd_kafka_conf_get(raw, name, buffer.baseAddress, &size) == RD_KAFKA_CONF_OK else { return nil }
            return String(cString: buffer.baseAddress!)
        }
    }

    /// librdkafka's text when it refuses.
    private func attempt(_ name: String, _ value: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            buffer[0] = 0
            let result = rd_kafka_conf_set(raw, name, value, buffer.baseAddress, buffer.count)
            guard result != RD_KAFKA_CONF_OK else { return nil }
            // The library's text may repeat the value.
            return ShownProperties.isSecret(name) && result == RD_KAFKA_CONF_INVALID
                ? "The value is not valid" : String(cString: buffer.baseAddress!)
        }
    }
}

/// What producers and consumers are configured with alike.
struct CommonConfiguration {
    var bootstrapServers: [String]
    var clientID: String?
    var properties: [String: String]
    var statisticsInterval: Duration?

    /// The brokers to begin with, wherever they were named.
    var servers: [String] {
        let named = properties["bootstrap.servers"] ?? properties["metadata.broker.list"]
        return named?.split(separator: ",").map(String.init) ?? bootstrapServers.filter { !$0.isEmpty }
    }

    /// A builder with the common parts and `defaults`, then the user's own properties.
    func builder(defaults: [(name: String, value: String)]) throws -> ConfigurationBuilder {
        let servers = bootstrapServers.filter { !$0.isEmpty }
        if servers.isEmpty, properties["bootstrap.servers"] == nil, properties["metadata.broker.list"] == nil {
            throw KafkaError(
                .invalidConfiguration, "No broker is named. Give bootstrapServers, such as [\"localhost:9092\"].")
        }
        let builder = ConfigurationBuilder()
        if !servers.isEmpty { try builder.set("bootstrap.servers", servers.joined(separator: ",")) }
        if let clientID { try builder.set("client.id", clientID) }
        if let statisticsInterval {
            guard statisticsInterval >= .zero else {
                throw KafkaError(.invalidConfiguration, "statisticsInterval is negative. Give a positive time, or nil.")
            }
            try builder.set("statistics.interval.ms", String(statisticsInterval.wholeMilliseconds))
        }
        for (name, value) in defaults { try builder.set(name, value) }
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) { try builder.set(name, value) }
        return builder
    }
}
