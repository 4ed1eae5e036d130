import CLibrabbitmq
import SpanlinkRuntime
internal import TracingCore

extension ConnectionLoop {
    /// Connects and logs in; the one thing that blocks the thread, within the time that was configured.
    func connect() throws(AMQPError) {
        let configuration = core.configuration
        guard let state = amqp_new_connection() else { throw AMQPError(.other, "There is no memory for a connection") }
        self.state = state
        let socket = try makeSocket(state)
        let deadline = MonotonicTime.now.advanced(by: configuration.connectTimeout)
        var timeout = timeval(until: deadline)
        let opened = amqp_socket_open_noblock(socket, configuration.host, Int32(configuration.port), &timeout)
        guard opened == AMQP_STATUS_OK.rawValue else {
            throw AMQPError(
                .connectionFailed,
                "\(configuration.host):\(configuration.port) cannot be reached: "
                    + "\(String(cString: amqp_error_string2(opened))). \(Self.advice(for: opened))")
        }
        core.opened(amqp_get_sockfd(state))
        timeout = timeval(until: deadline)
        amqp_set_handshake_timeout(state, &timeout)
        let reply = logIn(state)
        arena.reset()
        try Self.check(reply)
        epoch += 1
        unsentBytes = 0
        heartbeat = HeartbeatWatch(seconds: Int(amqp_get_heartbeat(state)), now: .now)
        core.agreed(maxFrameSize: Int(amqp_get_frame_max(state)))
        core.destinations.connected(to: PeerAddress(socket: amqp_get_sockfd(state)))
    }

    private static func advice(for status: Int32) -> String {
        switch status {
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue:
            "Set certificateAuthorityFile (cacertfile) to the authority that signed the broker's certificate"
        case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue:
            "The broker's certificate is for another host: connect by a name that it has"
        default: "Check host, port, TLS and the network"
        }
    }

    private func makeSocket(_ state: amqp_connection_state_t) throws(AMQPError) -> OpaquePointer {
        guard let tls = core.configuration.tls else {
            guard let socket = amqp_tcp_socket_new(state) else {
                throw AMQPError(.other, "There is no memory for a socket")
            }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else {
            throw AMQPError(.other, "There is no memory for a socket")
        }
        amqp_ssl_socket_set_verify_peer(socket, tls.verifiesPeer ? 1 : 0)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifiesPeer && tls.verifiesHostname ? 1 : 0)
        if let file = tls.certificateAuthorityFile ?? (tls.verifiesPeer ? Self.systemAuthorities : nil) {
            guard amqp_ssl_socket_set_cacert(socket, file) == AMQP_STATUS_OK.rawValue else {
                throw AMQPError(.invalidConfiguration, "The authorities' certificates cannot be read from \(file)")
            }
        }
        if let certificate = tls.certificateFile, let key = tls.privateKeyFile {
            guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
                throw AMQPError(
                    .invalidConfiguration, "The client's certificate \(certificate) and key \(key) cannot be used")
            }
        }
        return socket
    }

    /// Where systems keep the certificates of the authorities that they trust: rabbitmq-c before 0.14 does not look itself.
    private static var systemAuthorities: String? {
        var candidates = [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
            "/etc/ssl/ca-bundle.pem",
        ]
        if let file = getenv("SSL_CERT_FILE") { candidates.insert(String(cString: file), at: 0) }
        return candidates.first { access($0, R_OK) == 0 }
    }

    private func logIn(_ state: amqp_connection_state_t) -> amqp_rpc_reply_t {
        let configuration = core.configuration
        // What the broker may use towards us; the rest rabbitmq-c announces.
        var properties: AMQPTable = [
            "product": "Spanlink", "version": .string(SpanlinkVersion.current), "platform": "Swift",
            "capabilities": [
                "connection.blocked": true, "consumer_cancel_notify": true, "publisher_confirms": true,
            ],
        ]
        let name = [configuration.connectionName, core.primary.map { _ in "(publishing)" }].compactMap(\.self)
        if !name.isEmpty { properties["connection_name"] = .string(name.joined(separator: " ")) }
        var table = arena.table(properties)
        let heartbeat = Int32(clamping: configuration.heartbeat.components.seconds)
        let channels = Int32(clamping: configuration.maxChannels ?? 0)
        let frameSize = Int32(clamping: configuration.maxFrameSize)
        switch configuration.credentials {
        case .plain(let user, let password):
            return spanlink_amqp_login_plain(
                state, configuration.virtualHost, channels, frameSize, heartbeat, &table, user, password)
        case .external:
            // RabbitMQ reads who it is from the certificate. Something has to be sent: rabbitmq-c 0.11 takes an empty text
            // for a lack of memory.
            return spanlink_amqp_login_external(
                state, configuration.virtualHost, channels, frameSize, heartbeat, &table, "*")
        }
    }

    private static func check(_ reply: amqp_rpc_reply_t) throws(AMQPError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            guard reply.reply.id == MethodID.connectionClose, let decoded = reply.reply.decoded else {
                throw AMQPError(.connectionFailed, "The broker refused the login")
            }
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            throw AMQPError(replyCode: close.reply_code, replyText: String(close.reply_text), "Logging in")
        default:
            throw AMQPError(
                .connectionFailed,
                "Logging in: \(String(cString: amqp_error_string2(reply.library_error))). "
                    + "Check that it is an AMQP broker, that TLS is used on both sides or neither, and the credentials")
        }
    }
}

extension timeval {
    /// What is left until then, at least a millisecond: nothing can be done in less.
    init(until deadline: MonotonicTime) {
        let now = MonotonicTime.now
        let left = deadline > now ? max(deadline.nanoseconds - now.nanoseconds, 1_000_000) : 1_000_000
        self.init()
        tv_sec = .init(clamping: left / 1_000_000_000)
        tv_usec = .init(left % 1_000_000_000 / 1_000)
    }
}

/// The address that a socket is connected to.
struct PeerAddress: Equatable {
    var host: String
    var port: Int

    init?(socket: Int32) {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) == 0 }
        }
        guard found else { return nil }
        let texts = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer -> (String, String)? in
            let host = buffer.baseAddress!
            let port = host + 96
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getnameinfo($0, length, host, 96, port, 32, NI_NUMERICHOST | NI_NUMERICSERV)
                }
            }
            return status == 0 ? (String(cString: host), String(cString: port)) : nil
        }
        guard let texts, let port = Int(texts.1) else { return nil }
        self.host = texts.0
        self.port = port
    }
}
