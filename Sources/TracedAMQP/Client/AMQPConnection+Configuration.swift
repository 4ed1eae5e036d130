public import TracingCore

extension AMQPConnection {
    /// Which broker, as whom, and how. Everything has a default.
    public struct Configuration: Sendable {
        /// The broker's host name or address.
        public var host: String
        /// The broker's port; 5672, with TLS 5671.
        public var port: Int
        /// The virtual host.
        public var virtualHost = "/"
        /// Who logs in.
        public var credentials = Credentials.plain(user: "guest", password: "guest")
        /// TLS; `nil` for none.
        public var tls: TLS?
        /// What the broker's management shows as the connection's name.
        public var connectionName: String?
        /// After how much silence a side thinks the other is gone: noticed within two intervals, by RabbitMQ within three. Zero
        /// turns it off; else a second at least, and whole ones count. The broker may ask for less.
        public var heartbeat: Duration = .seconds(30)
        /// How long connecting, TLS and login may take together.
        public var connectTimeout: Duration = .seconds(10)
        /// How long an operation waits for a connection that cannot be made, before it throws `connectionFailed`. Exclusive
        /// queues and consumers are asked for again at least until heartbeats have told the broker of a lost connection.
        public var recoveryTimeout: Duration = .seconds(30)
        /// The largest frame, in bytes; the broker may ask for less. Headers of a message must fit into one.
        public var maxFrameSize = 131_072
        /// The most channels; as many as the broker allows when `nil`. Each consumer has one of its own.
        public var maxChannels: Int?
        /// How long to wait between tries to come back.
        public var reconnect = ReconnectPolicy()
        /// Called when a queue that the broker had named is gone after a lost connection, as exclusive ones are: with its old
        /// name, and with the one that the broker gave to the queue that replaces it. Bindings and consumers have moved; what
        /// else names the queue is up to the application, such as `replyTo` of messages. Runs on the connection's thread,
        /// before anything else is done there, and must not block.
        public var onQueueRenamed: (@Sendable (_ old: String, _ new: String) -> Void)?
        /// What happens to a publish whose confirm a lost connection took away: sent again, so that it may arrive twice, or
        /// thrown as `outcomeUnknown`.
        public var resendsUnconfirmed = false
        /// Whether messages are published over a socket of their own, made with the first of them.
        ///
        /// RabbitMQ stops reading from a connection that publishes while it is short of memory or disk ("Memory and Disk
        /// Alarms"): acknowledgements on the same socket would wait behind the messages, and a consumer could not drain what
        /// the alarm is about. It costs a second connection and thread. With false one socket does all.
        ///
        /// The broker's management shows the second connection as "(publishing)" after ``connectionName``. Direct reply-to
        /// (`amq.rabbitmq.reply-to`) works with neither: RabbitMQ wants the request on the channel of the answer's consumer,
        /// and each consumer has a channel of its own.
        public var separatesPublishing = true
        /// What destinations have in common whose names are many: `orders.{id}` where routing keys are `orders.42` and so on.
        /// Span names and metrics then say that in the place of the name (`messaging.destination.template`). `nil` for a name
        /// that is one of few.
        ///
        /// It is asked for every destination, on any thread, and may be asked again: answer from the arguments alone, with one
        /// of few texts. The queue is `nil` where messages are published. Exchange and routing key are empty where the messages
        /// of a batch differ in them.
        public var destinationTemplate:
            (@Sendable (_ exchange: String, _ routingKey: String, _ queue: String?) -> String?)?
        /// Where log entries go.
        public var logSink: (any LogSink)? = StandardErrorLogSink()

        /// A broker on a host, without TLS unless given.
        public init(host: String = "localhost", port: Int? = nil, tls: TLS? = nil) {
            self.host = host
            self.port = port ?? (tls == nil ? 5672 : 5671)
            self.tls = tls
        }
    }

    /// Who logs in.
    public enum Credentials: Sendable, Hashable {
        /// SASL PLAIN.
        case plain(user: String, password: String)
        /// SASL EXTERNAL: who the client's certificate says.
        case external
    }

    /// How TLS is done. The broker's certificate is verified unless said otherwise.
    public struct TLS: Sendable, Hashable {
        /// A file of certificates (PEM) of authorities to trust; those of the system when `nil`.
        public var certificateAuthorityFile: String?
        /// The client's certificate (PEM), with ``privateKeyFile``.
        public var certificateFile: String?
        /// The key of the client's certificate (PEM).
        public var privateKeyFile: String?
        /// Whether the broker's certificate must be valid.
        public var verifiesPeer = true
        /// Whether it must be for the host that was configured.
        public var verifiesHostname = true

        /// Verification against the system's authorities.
        public init() {}
    }
}
