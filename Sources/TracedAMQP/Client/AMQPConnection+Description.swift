import TracingCore

/// Passwords stay out of logs, errors and `dump`.
extension AMQPConnection.Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { SecretHiding.description(of: "AMQPConnection.Configuration", shownParts) }
    public var debugDescription: String { description }
    public var customMirror: Mirror { SecretHiding.mirror(of: self, shownParts) }

    private var shownParts: [SecretHiding.Part] {
        var parts: [SecretHiding.Part] = [
            ("host", host), ("port", port), ("virtualHost", virtualHost), ("credentials", credentials),
        ]
        if let tls { parts.append(("tls", tls)) }
        if let connectionName { parts.append(("connectionName", connectionName)) }
        return parts + [
            ("heartbeat", heartbeat), ("connectTimeout", connectTimeout), ("recoveryTimeout", recoveryTimeout),
            ("maxFrameSize", maxFrameSize), ("resendsUnconfirmed", resendsUnconfirmed),
            ("separatesPublishing", separatesPublishing),
        ]
    }
}

/// The password stays out of logs, errors and `dump`.
extension AMQPConnection.Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        switch self {
        case .plain: SecretHiding.description(of: "plain", shownParts)
        case .external: "external"
        }
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { SecretHiding.mirror(of: self, shownParts) }

    private var shownParts: [SecretHiding.Part] {
        switch self {
        case .plain(let user, _): [("user", user), ("password", SecretHiding.hidden)]
        case .external: []
        }
    }
}
