import SpanlinkRuntime

extension AMQPConnection.Configuration {
    /// Refuses what could never work, before a thread is started for it.
    func check() throws(AMQPError) {
        try Self.require(!host.isEmpty && (1...65_535).contains(port), "A host, and a port from 1 to 65535, are needed")
        try Self.require(
            maxFrameSize >= 4_096 && maxFrameSize <= Int32.max, "maxFrameSize is from 4096 bytes to 2147483647")
        try Self.require(
            heartbeat == .zero || heartbeat >= .seconds(1) && heartbeat <= .seconds(65_535),
            "heartbeat is from 1 to 65535 seconds, or zero for none")
        try Self.require(maxChannels.map { (1...65_535).contains($0) } ?? true, "maxChannels is from 1 to 65535")
        try Self.require(connectTimeout > .zero, "connectTimeout is more than zero: connecting takes time")
        try Self.require(recoveryTimeout >= .zero, "recoveryTimeout is zero or more")
        try Self.require(virtualHost.utf8.count <= 255, "The name of the virtual host has at most 255 bytes")
        try check(noNULIn: host, virtualHost)
        if case .plain(let user, let password) = credentials { try check(noNULIn: user, password) }
        if case .external = credentials {
            try Self.require(tls != nil, "EXTERNAL needs TLS: say amqps:// or set tls")
            try Self.require(
                tls?.certificateFile != nil,
                "EXTERNAL needs the client's certificate: set certificateFile and privateKeyFile")
        }
        guard let tls else { return }
        try Self.require(
            (tls.certificateFile == nil) == (tls.privateKeyFile == nil),
            "certificateFile and privateKeyFile go together: set both or neither")
        for file in [tls.certificateAuthorityFile, tls.certificateFile, tls.privateKeyFile] {
            guard let file else { continue }
            try check(noNULIn: file)
            try Self.require(access(file, R_OK) == 0, "The file \(file) cannot be read. Check path and permissions")
        }
    }

    /// C ends a text at the first NUL: another user, host or virtual host would be meant.
    private func check(noNULIn texts: String...) throws(AMQPError) {
        for text in texts {
            try Self.require(!text.utf8.contains(0), "Host, virtual host, user, password and paths have no NUL in them")
        }
    }

    private static func require(_ condition: Bool, _ message: String) throws(AMQPError) {
        if !condition { throw AMQPError(.invalidConfiguration, message) }
    }
}
