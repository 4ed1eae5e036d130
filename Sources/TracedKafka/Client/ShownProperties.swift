import TracingCore

/// librdkafka's properties as they may be shown: values of secret ones are hidden.
enum ShownProperties {
    private static let secretWords = [
        "password", "passphrase", "secret", "token", "oauthbearer", "jaas", "pem", "ssl_key",
    ]

    /// Whether the value of a property is a secret, or may hold one.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretWords.contains { name.contains($0) }
    }

    /// The value of a property, unless it is a secret.
    static func shown(_ name: String, _ value: String) -> String { isSecret(name) ? SecretHiding.hidden : value }

    static func shown(_ properties: [String: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: properties.map { ($0.key, shown($0.key, $0.value)) })
    }
}

/// Secrets among the properties stay out of logs, errors and `dump`.
extension KafkaProducer.Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { SecretHiding.description(of: "KafkaProducer.Configuration", shownParts) }
    public var debugDescription: String { description }
    public var customMirror: Mirror { SecretHiding.mirror(of: self, shownParts) }

    private var shownParts: [SecretHiding.Part] {
        [
            ("bootstrapServers", bootstrapServers), ("clientID", clientID ?? "nil"),
            ("properties", ShownProperties.shown(properties)),
        ]
    }
}

/// Secrets among the properties stay out of logs, errors and `dump`.
extension KafkaConsumer.Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { SecretHiding.description(of: "KafkaConsumer.Configuration", shownParts) }
    public var debugDescription: String { description }
    public var customMirror: Mirror { SecretHiding.mirror(of: self, shownParts) }

    private var shownParts: [SecretHiding.Part] {
        [
            ("bootstrapServers", bootstrapServers), ("group", groupName ?? "nil"), ("topics", topics),
            ("clientID", clientID ?? "nil"), ("properties", ShownProperties.shown(properties)),
        ]
    }
}
