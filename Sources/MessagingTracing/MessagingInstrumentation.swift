public import TracingCore

/// The messaging conventions for one client of one broker: what an adapter holds and asks for spans.
///
/// An immutable value; safe from any thread. Operations resolve where to record once, in the caller's task.
public struct MessagingInstrumentation: Sendable {
    /// All of it behind one reference: it is handed around with every message, and has a dozen strings.
    @usableFromInline
    final class Storage: Sendable {
        let system: MessagingSystem
        @usableFromInline let options: MessagingTracingOptions
        let scope: InstrumentationScope
        @usableFromInline let backend: TracingBackend?
        let client: ClientFacts
        let keys: SystemKeys

        init(
            system: MessagingSystem, options: MessagingTracingOptions, scope: InstrumentationScope,
            backend: TracingBackend?, client: ClientFacts
        ) {
            self.system = system
            self.options = options
            self.scope = scope
            self.backend = backend
            self.client = client
            self.keys = SystemKeys(system)
        }
    }

    @usableFromInline let storage: Storage

    /// The messaging system.
    public var system: MessagingSystem { storage.system }
    /// What was chosen about spans.
    @inlinable public var options: MessagingTracingOptions { storage.options }
    /// Which library records.
    public var scope: InstrumentationScope { storage.scope }
    /// The client's own backend, if it has one.
    @inlinable public var backend: TracingBackend? { storage.backend }
    var client: ClientFacts { storage.client }

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
        let scope = InstrumentationScope(name: library, version: version, schemaURL: MessagingAttribute.schemaURL)
        self.storage = Storage(system: system, options: options, scope: scope, backend: backend, client: client)
    }

    /// The same with other facts of the client, which may become known late (a cluster's id, a reconnected host).
    public func with(client: ClientFacts) -> MessagingInstrumentation {
        MessagingInstrumentation(
            storage: Storage(system: system, options: options, scope: scope, backend: backend, client: client))
    }

    private init(storage: Storage) { self.storage = storage }

    /// The facts of the client.
    public var clientFacts: ClientFacts { client }

    /// What is said of `destination` with every message: make it once and keep it.
    public func channel(to destination: MessageDestination) -> MessageChannel {
        MessageChannel(destination, instrumentation: self)
    }

    /// The failure of an operation by an error, as the options have it.
    public func failure(of error: any Error) -> OperationFailure {
        OperationFailure(error, fullText: options.recordsErrorText)
    }

    /// Where an operation in `context` records.
    public func backend(in context: ActiveContext) -> TracingBackend { .resolve(backend, in: context) }
}
