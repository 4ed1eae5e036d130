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
    let metrics: DestinationMetrics
    /// Attributes of links to messages of this destination, where a batch has several.
    let linkAttributes: AttributeSet
    private let create: SpanTemplate
    private let send: SpanTemplate
    private let receive: SpanTemplate
    private let process: SpanTemplate
    /// By the names that were used.
    private let settle = Mutex<[String: SpanTemplate]>([:])

    init(_ destination: MessageDestination?, instrumentation: MessagingInstrumentation) {
        self.destination = destination
        self.instrumentation = instrumentation
        self.metrics = DestinationMetrics(destination, instrumentation: instrumentation)
        self.linkAttributes = Self.linkAttributes(destination)
        func operation(_ operation: MessagingOperation) -> SpanTemplate {
            Self.operation(operation, instrumentation.system.name(of: operation), destination, instrumentation)
        }
        self.create = operation(.create)
        self.send = operation(.send)
        self.receive = operation(.receive)
        self.process = operation(.process)
    }

    private static func linkAttributes(_ destination: MessageDestination?) -> AttributeSet {
        guard let destination else { return .empty }
        var attributes: Attributes = [MessagingAttribute.destinationName: .string(destination.name)]
        attributes[MessagingAttribute.destinationTemplate] = destination.template.map { .string($0) }
        if destination.isTemporary { attributes[MessagingAttribute.destinationTemporary] = true }
        if destination.isAnonymous { attributes[MessagingAttribute.destinationAnonymous] = true }
        return AttributeSet(attributes)
    }

    func operation(_ operation: MessagingOperation) -> SpanTemplate {
        switch operation {
        case .create: create
        case .send: send
        case .receive: receive
        case .process: process
        case .settle: settle(named: instrumentation.system.name(of: .settle))
        }
    }

    /// Settling goes by several names in one system.
    func settle(named name: String) -> SpanTemplate {
        if let known = settle.withLock({ $0[name] }) { return known }
        let operation = Self.operation(.settle, name, destination, instrumentation)
        // Systems have a handful; whoever makes up more has them spelled out each time.
        settle.withLock { if $0.count < 16 { $0[name] = operation } }
        return operation
    }

    /// A call that settles nothing has a name and no operation type.
    func untypedSettle(named name: String) -> SpanTemplate {
        let typed = settle(named: name)
        var attributes = typed.attributes.attributes
        attributes[MessagingAttribute.operationType] = nil
        return SpanTemplate(name: typed.name, attributes: AttributeSet(attributes), scope: typed.scope)
    }

    private static func operation(
        _ operation: MessagingOperation, _ name: String, _ destination: MessageDestination?,
        _ instrumentation: MessagingInstrumentation
    ) -> SpanTemplate {
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
        return SpanTemplate(
            name: name + suffix, attributes: AttributeSet(attributes), scope: instrumentation.scope)
    }
}

extension MessagingInstrumentation {
    /// What is said of operations that have no destination, or several.
    public var anyDestination: MessageChannel { MessageChannel(nil, instrumentation: self) }
}
