import Testing
import TracedAMQP

/// No way to print a configuration, and no error, shows a part of a password.
@Suite struct SecretTests {
    private let secret = "s3cr3t"

    @Test func configurationHidesPassword() throws {
        let configuration = try AMQPConnection.Configuration(url: "amqps://user:\(secret)@rabbit/v")
        var dumped = ""
        dump(configuration, to: &dumped)
        dump(configuration.credentials, to: &dumped)
        let texts = [
            "\(configuration)", String(reflecting: configuration), "\(configuration.credentials)",
            String(reflecting: configuration.credentials), "\([configuration.credentials])", dumped,
        ]
        for text in texts { #expect(!text.contains(secret)) }
        #expect(configuration.description.contains("rabbit") && configuration.description.contains("user: user"))
    }

    @Test(arguments: ["amqp://u:s3cr3t/34@h", "amqp://u:s3cr3t?34@h", "amqp://u:a#s3cr3t@h", "amqp://u:s3cr3t%zz@h"])
    func errorsHidePassword(url: String) {
        let error = #expect(throws: AMQPError.self) { try AMQPConnection.Configuration(url: url) }
        #expect(error.map { "\($0)".contains(secret) } == false)
    }
}
