import Testing

@testable import TracedKafka

/// No way to print a configuration, and no error, shows a part of a secret property.
@Suite struct SecretTests {
    private static let properties = [
        "sasl.password": "s3cr3t", "ssl.key.password": "s3cr3t", "sasl.oauthbearer.config": "s3cr3t",
        "sasl.oauthbearer.client.secret": "s3cr3t", "ssl.key.pem": "s3cr3t", "linger.ms": "7",
    ]

    private func texts(_ value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), "\([value])", dumped]
    }

    @Test func configurationsHideSecretProperties() {
        let producer = KafkaProducer.Configuration(bootstrapServers: ["b:1"], properties: Self.properties)
        let consumer = KafkaConsumer.Configuration(
            bootstrapServers: ["b:1"], group: "g", topics: ["t"], properties: Self.properties)
        for text in texts(producer) + texts(consumer) { #expect(!text.contains("s3cr3t")) }
        #expect("\(producer)".contains("sasl.password") && "\(producer)".contains("7"))
    }

    @Test(arguments: [
        "sasl.pasword", "SASL.PASSWORD", "ssl.keypassword", "sasl.oauthbearer.assertion.private.key.passphrase",
    ])
    func otherNamesOfSecretsAreHidden(name: String) {
        #expect(ShownProperties.shown([name: "s3cr3t"]) == [name: "(not shown)"])
    }

    @Test func namesAreShownThatHoldNoSecret() {
        let properties = ["sasl.mechanisms": "PLAIN", "security.protocol": "ssl", "compression.type": "lz4"]
        #expect(ShownProperties.shown(properties) == properties)
    }

    @Test func unreadableTokenConfigurationIsCutFromLogs() {
        let text = "Failed to acquire token: Unrecognized sasl.oauthbearer.config beginning at: s3cr3t"
        let shown = ShownProperties.withoutSecrets(text)
        #expect(!shown.contains("s3cr3t") && shown.hasPrefix("Failed to acquire token"))
        #expect(ShownProperties.withoutSecrets("Connection refused") == "Connection refused")
    }

    @Test(arguments: ["ssl.key.pem", "sasl.password", "sasl.oauthbearer.config"])
    func errorsHideSecretProperties(name: String) {
        let configuration = KafkaProducer.Configuration(
            bootstrapServers: ["b:1"],
            properties: [name: "s3cr3t", "security.protocol": "s3cr3t-is-no-protocol", "sasl.mechanisms": "PLAIN"])
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(configuration: configuration) }
        #expect(error.map { "\($0)".contains("\(name)=s3cr3t") } == false)
    }
}
