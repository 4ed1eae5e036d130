import Testing
import TracedAMQP

struct URLTests {
    private func configuration(_ url: String) throws -> AMQPConnection.Configuration { try .init(url: url) }

    @Test func everyPartMayBeLeftOut() throws {
        let configuration = try configuration("amqp://")
        #expect(configuration.host == "localhost" && configuration.port == 5672)
        #expect(configuration.virtualHost == "/" && configuration.tls == nil)
        #expect(configuration.credentials == .plain(user: "guest", password: "guest"))
        #expect(try self.configuration("amqps://mq").port == 5671)
    }

    @Test func everyPartIsDecoded() throws {
        let configuration = try configuration(
            "AMQP://us%65r:p%40ss%3Aword@mq.example.com:1234/v%2Fhost?heartbeat=10&connection_timeout=1500&name=a%20b")
        #expect(configuration.credentials == .plain(user: "user", password: "p@ss:word"))
        #expect(configuration.host == "mq.example.com" && configuration.port == 1234)
        #expect(configuration.virtualHost == "v/host")
        #expect(configuration.heartbeat == .seconds(10) && configuration.connectTimeout == .milliseconds(1500))
        #expect(configuration.connectionName == "a b")
    }

    @Test(arguments: [
        ("amqp://host", "/"), ("amqp://host/", ""), ("amqp://host/%2F", "/"), ("amqp://host/v", "v"),
        ("amqp://host?heartbeat=1", "/"),
    ])
    func virtualHosts(url: String, virtualHost: String) throws {
        #expect(try configuration(url).virtualHost == virtualHost)
    }

    @Test(arguments: [
        ("amqp://[::1]:99", "::1", 99), ("amqp://[fe80::1]", "fe80::1", 5672), ("amqp://u:p@w@h:7/v", "h", 7),
        ("amqp://:77", "localhost", 77),
    ])
    func hostsAndPorts(url: String, host: String, port: Int) throws {
        let configuration = try configuration(url)
        #expect(configuration.host == host && configuration.port == port)
    }

    @Test func optionsOfTLS() throws {
        let tls = try #require(
            try configuration("amqps://h?cacertfile=/ca.pem&certfile=/c.pem&keyfile=/k.pem&auth_mechanism=external").tls
        )
        #expect(tls.certificateAuthorityFile == "/ca.pem" && tls.certificateFile == "/c.pem")
        #expect(tls.privateKeyFile == "/k.pem" && tls.verifiesPeer && tls.verifiesHostname)
        #expect(try configuration("amqps://h?verify=verify_none").tls?.verifiesPeer == false)
        let other = try #require(try configuration("amqps://h?server_name_indication=disable").tls)
        #expect(other.verifiesPeer && !other.verifiesHostname)
    }

    @Test func numbersOfChannels() throws {
        #expect(try configuration("amqp://h?channel_max=7").maxChannels == 7)
        #expect(try configuration("amqp://h?channel_max=0").maxChannels == nil)
        #expect(try configuration("amqp://h").maxChannels == nil)
    }

    @Test(arguments: [
        "", "mq:5672", "http://mq", "amqp://mq:port", "amqp://mq:0", "amqp://mq:70000", "amqp://[::1", "amqp://h/a/b",
        "amqp://u:secret%zz@h", "amqp://h/%ff", "amqp://h?heartbeat=soon", "amqp://h?colour=red",
        "amqp://h?cacertfile=/x",
        "amqp://h?auth_mechanism=magic", "amqps://h?verify=perhaps", "amqp://h?channel_max=65536",
        "amqps://h?server_name_indication=other", "amqp://u:secret@h:1x/",
    ])
    func whatCannotBeUsedSaysWhy(url: String) throws {
        let error = try #require(throws: AMQPError.self) { try configuration(url) }
        #expect(error.code == .invalidConfiguration)
        #expect(!error.message.contains("secret"))
    }
}
