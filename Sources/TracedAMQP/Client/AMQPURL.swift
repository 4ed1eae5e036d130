extension AMQPConnection.Configuration {
    /// The configuration that an `amqp://` or `amqps://` URL says (RabbitMQ, "URI Specification" and "URI Query Parameters").
    ///
    /// `amqp[s]://[user[:password]@][host[:port]][/vhost][?option=value&…]`. User, password and virtual host may be
    /// percent-encoded; no path is the virtual host `/`, an empty one is the virtual host with the empty name. Options:
    /// `heartbeat` (seconds), `connection_timeout` (milliseconds), `channel_max` (0 for the broker's), `frame_max`, `name`,
    /// `auth_mechanism` (`plain`, `external`), and with TLS `cacertfile`, `certfile`, `keyfile`, `verify` (`verify_peer`,
    /// `verify_none`) and `server_name_indication` (`disable`: the certificate may be for another host).
    ///
    /// - Throws: ``AMQPError`` with `invalidConfiguration`. The text does not repeat a password.
    public init(url: String) throws {
        guard let scheme = url.firstRange(of: "://") else {
            throw Self.invalid("It has no scheme. Write amqp://user:password@host/vhost")
        }
        let usesTLS: Bool
        switch url[..<scheme.lowerBound].lowercased() {
        case "amqp": usesTLS = false
        case "amqps": usesTLS = true
        default: throw Self.invalid("Its scheme is neither amqp nor amqps")
        }
        self.init(tls: usesTLS ? AMQPConnection.TLS() : nil)

        var rest = url[scheme.upperBound...]
        try Self.checkUserInfo(rest)
        var query: Substring?
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            guard !path.contains("/") else {
                throw Self.invalid("The virtual host has a slash in it: write %2F")
            }
            virtualHost = try Self.decode(path, "virtual host")
            rest = rest[..<slash]
        }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            credentials = .plain(
                user: try Self.decode(parts[0], "user name"),
                password: parts.count > 1 ? try Self.decode(parts[1], "password") : "")
            rest = rest[rest.index(after: at)...]
        }
        try readAuthority(rest)
        for option in (query ?? "").split(separator: "&") { try read(option: option) }
    }

    /// A raw `/`, `?` or `#` in a password ends the host's part early: another host would be contacted, and the rest of the
    /// password would be read as a virtual host or an option.
    private static func checkUserInfo(_ text: Substring) throws {
        guard let end = text.firstIndex(where: { "/?#".contains($0) }), text[end...].contains("@"),
            !text[..<end].contains("@")
        else { return }
        throw invalid(
            "There is an @ behind the host. Percent-encode user and password: write %2F for a /, %3F for a ? and %23 for a #; "
                + "elsewhere write %40 for an @")
    }

    private mutating func readAuthority(_ text: Substring) throws {
        var text = text
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw Self.invalid("An IPv6 address lacks its ]") }
            host = String(text[text.index(after: text.startIndex)..<end])
            text = text[text.index(after: end)...]
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            if end > text.startIndex { host = try Self.decode(text[..<end], "host") }
            text = text[end...]
        }
        guard !text.isEmpty else { return }
        guard text.first == ":", let port = Int(text.dropFirst()), (1...65_535).contains(port) else {
            throw Self.invalid("The port is not a number from 1 to 65535")
        }
        self.port = port
    }

    private mutating func read(option: Substring) throws {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = try Self.decode(parts[0], "option")
        let value = parts.count > 1 ? try Self.decode(parts[1], "option \(name)") : ""
        func number(in range: ClosedRange<Int>) throws -> Int {
            guard let number = Int(value), range.contains(number) else {
                throw Self.invalid("\(name) is not a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        func change(_ set: (inout AMQPConnection.TLS) -> Void) throws {
            guard tls != nil else { throw Self.invalid("\(name) is for amqps:// alone") }
            set(&tls!)
        }
        switch name {
        case "heartbeat": heartbeat = .seconds(try number(in: 0...65_535))
        case "connection_timeout": connectTimeout = .milliseconds(try number(in: 1...3_600_000))
        case "channel_max":
            let limit = try number(in: 0...65_535)
            maxChannels = limit == 0 ? nil : limit
        case "frame_max": maxFrameSize = try number(in: 4_096...Int(Int32.max))
        case "name": connectionName = value
        case "auth_mechanism":
            switch value.lowercased() {
            case "plain": break
            case "external": credentials = .external
            default: throw Self.invalid("auth_mechanism is neither plain nor external")
            }
        case "cacertfile": try change { $0.certificateAuthorityFile = value }
        case "certfile": try change { $0.certificateFile = value }
        case "keyfile": try change { $0.privateKeyFile = value }
        case "verify":
            guard value == "verify_peer" || value == "verify_none" else {
                throw Self.invalid("verify is neither verify_peer nor verify_none")
            }
            try change {
                $0.verifiesPeer = value == "verify_peer"
                $0.verifiesHostname = value == "verify_peer"
            }
        case "server_name_indication":
            guard value == "disable" else {
                throw Self.invalid(
                    "server_name_indication can only be disable: the name that is verified is the host's")
            }
            try change { $0.verifiesHostname = false }
        default: throw Self.invalid("There is no option \(name)")
        }
    }

    private static func decode(_ text: Substring, _ part: String) throws -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                throw invalid("The \(part) has a % without two hexadecimal digits: write %25 for a %")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw invalid("The \(part) is not UTF-8")
        }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func invalid(_ what: String) -> AMQPError {
        AMQPError(.invalidConfiguration, "The AMQP URL cannot be used. \(what)")
    }
}
