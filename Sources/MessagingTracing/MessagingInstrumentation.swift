public import TracingCore

/// The messaging conventions for one client of one broker: what an adapter holds and asks for spans.
///
/// An immutable value; safe from any thread. Operations resolve where to record once, in the caller's task.
public struct MessagingInstrumentation: Sendable {
    /// The messaging system.
    public let system: MessagingSystem
    /// What was chosen about spans.
    public let options: MessagingTracingOptions
    /// Which library records.
    public let scope: InstrumentationScope
    /// The client's own backend, if it has one.
    public let backend: TracingBackend?
    let client: ClientFacts

    /// What is known of a client, the same for all its messages.
    public struct ClientFacts: Sendable, Hashable {
        /// Unique for the client instance.
        public var clientID: String?
        /// The broker's host name as configured.
        public var serverAddress: String?
        /// The broker's port.
        public var serverPort: Int?
        /// The host that is really connected to.
        public var peerAddress: String?
        /// Its port.
        public var peerPort: Int?
        /// The consumer group.
        public var consumerGroup: String?
        /// What else is the same for all messages, under the broker's own names. Not on create spans.
        public var attributes: Attributes

        /// Facts of a client.
        public init(
            clientID: String? = nil, serverAddress: String? = nil, serverPort: Int? = nil, peerAddress: String? = nil,
            peerPort: Int? = nil, consumerGroup: String? = nil, attributes: Attributes = [:]
        ) {
            self.clientID = clientID
            self.serverAddress = serverAddress
            self.serverPort = serverPort
            self.peerAddress = peerAddress
            self.peerPort = peerPort
            self.consumerGroup = consumerGroup
            self.attributes = attributes
        }
    }

    /// The conventions for a client.
    ///
    /// - Parameters:
    ///   - library: the name of the adapter, for the instrumentation scope.
    ///   - version: the adapter's version.
    ///   - backend: where this client records, when neither the task tree says so nor the global one should be used.
    public init(
        system: MessagingSystem, client: ClientFacts = ClientFacts(),
        options: MessagingTracingOptions = MessagingTracingOptions(), backend: TracingBackend? = nil,
        library: String, version: String? = nil
    ) {
        self.system = system
        self.client = client
        self.options = options
        self.backend = backend
        self.scope = InstrumentationScope(name: library, version: version, schemaURL: MessagingAttribute.schemaURL)
    }

    private init(_ other: MessagingInstrumentation, client: ClientFacts) {
        self.system = other.system
        self.client = client
        self.options = other.options
        self.backend = other.backend
        self.scope = other.scope
    }

    /// The same with other facts of the client, which may become known late (a cluster's id, a reconnected host).
    public func with(client: ClientFacts) -> MessagingInstrumentation { MessagingInstrumentation(self, client: client) }

    /// The facts of the client.
    public var clientFacts: ClientFacts { client }

    /// What is said of `destination` with every message: make it once and keep it.
    public func channel(to destination: MessageDestination) -> MessageChannel {
        MessageChannel(destination, instrumentation: self)
    }

    /// Where an operation in `context` records.
    public func backend(in context: ActiveContext) -> TracingBackend { .resolve(backend, in: context) }
}
