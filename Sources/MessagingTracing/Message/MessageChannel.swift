import SpanlinkRuntime
internal import TracingCore

/// One destination as one client sees it: what spans and links say of it, spelled out once.
///
/// Adapters make one for each topic or queue and state it with each message; two messages are of the same destination when
/// they are of the same channel.
public final class MessageChannel: Sendable {
    /// The destination; `nil` for operations that have none or several.
    public let destination: MessageDestination?
    /// The client's conventions.
    public let instrumentation: MessagingInstrumentation
    let metrics: ChannelMetrics
    private let create: Operation
    private let send: Operation
    private let receive: Operation
    private let process: Operation
    /// By the names that were used.
    private let settle = Mutex<[String: Operation]>([:])

    /// What is the same for every span of one operation.
    struct Operation: Sendable {
        let spanName: String
        let attributes: AttributeSet
    }

    init(_ destination: MessageDestination?, instrumentation: MessagingInstrumentation) {
        self.destination = destination
        self.instrumentation = instrumentation
        self.metrics = ChannelMetrics(destination, instrumentation: instrumentation)
        func operation(_ operation: MessagingOperation) -> Operation {
            Self.operation(operation, instrumentation.system.name(of: operation), destination, instrumentation)
        }
        self.create = operation(.create)
        self.send = operation(.send)
        self.receive = operation(.receive)
        self.process = operation(.process)
    }

    func operation(_ operation: MessagingOperation) -> Operation {
        switch operation {
        case .create: create
        case .send: send
        case .receive: receive
        case .process: process
        case .settle: settle(named: instrumentation.system.name(of: .settle))
        }
    }

    /// Settling goes by several names in one system.
    func settle(named name: String) -> Operation {
        if let known = settle.withLock({ $0[name] }) { return known }
        let operation = Self.operation(.settle, name, destination, instrumentation)
        // Systems have a handful; whoever makes up more has them spelled out each time.
        settle.withLock { if $0.count < 16 { $0[name] = operation } }
        return operation
    }

    private static func operation(
        _ operation: MessagingOperation, _ name: String, _ destination: MessageDestination?,
        _ instrumentation: MessagingInstrumentation
    ) -> Operation {
        let client = instrumentation.client
        let system = instrumentation.system
        var attributes: Attributes = [
            MessagingAttribute.system: .string(system.name),
            MessagingAttribute.operationName: .string(name),
            MessagingAttribute.operationType: .string(operation.rawValue),
        ]
        if let destination {
            attributes[MessagingAttribute.destinationName] = .string(destination.name)
            attributes[MessagingAttribute.destinationTemplate] = destination.template.map { .string($0) }
            if operation != .settle {
                if destination.isTemporary { attributes[MessagingAttribute.destinationTemporary] = true }
                if destination.isAnonymous { attributes[MessagingAttribute.destinationAnonymous] = true }
            }
        }
        attributes[MessagingAttribute.serverAddress] = client.serverAddress.map { .string($0) }
        attributes[MessagingAttribute.serverPort] = client.serverPort.map { .int($0) }
        if operation != .create {
            attributes[MessagingAttribute.clientID] = client.clientID.map { .string($0) }
            attributes.merge(client.attributes)
        }
        if system.peerOperations.contains(operation) {
            attributes[MessagingAttribute.peerAddress] = client.peerAddress.map { .string($0) }
            attributes[MessagingAttribute.peerPort] = client.peerPort.map { .int($0) }
        }
        if let group = system.consumerGroupAttribute, [.receive, .process, .settle].contains(operation) {
            attributes[group] = client.consumerGroup.map { .string($0) }
        }
        let suffix = destination.map { $0.lowCardinalityName.map { " " + $0 } ?? "" } ?? ""
        return Operation(spanName: name + suffix, attributes: AttributeSet(attributes))
    }
}

extension MessagingInstrumentation {
    /// What is said of operations that have no destination, or several.
    public var anyDestination: MessageChannel { MessageChannel(nil, instrumentation: self) }
}
