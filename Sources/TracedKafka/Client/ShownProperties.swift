import TracingCore

/// librdkafka's properties as they may be shown: values of secret ones are hidden.
enum ShownProperties {
    private static let secretWords = [
        "pass", "secret", "token", "oauth", "jaas", "pem", "ssl_key", "credential", "assertion",
    ]
    /// The properties of TLS and SASL that are shown. Any other may be the misspelt name of a secret.
    private static let shownNames: Set<String> = [
        "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.kerberos.service.name", "sasl.kerberos.principal",
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location",
        "ssl.cipher.suites", "ssl.endpoint.identification.algorithm", "security.protocol",
    ]

    /// Whether the value of a property is a secret, or may hold one.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        if shownNames.contains(name) { return false }
        return name.hasPrefix("sasl.") || name.hasPrefix("ssl.") || secretWords.contains { name.contains($0) }
    }

    /// A log entry or an error of librdkafka without the part of `sasl.oauthbearer.config` that the library could not read.
    static func withoutSecrets(_ text: String) -> String {
        guard let name = text.firstRange(of: "sasl.oauthbearer.config beginning at:") else { return text }
        return text[..<name.upperBound] + " " + SecretHiding.hidden
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
