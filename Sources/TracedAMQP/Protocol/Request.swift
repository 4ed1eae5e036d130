/// What a channel asks of the broker and awaits an answer to.
enum Request: Sendable, Hashable {
    case openChannel
    case closeChannel
    case selectConfirms
    case prefetch(UInt16)
    case declareExchange(ExchangeDeclaration)
    case deleteExchange(String, ifUnused: Bool)
    case bindExchange(Binding)
    case unbindExchange(Binding)
    case declareQueue(QueueDeclaration)
    case deleteQueue(String, ifUnused: Bool, ifEmpty: Bool)
    case purgeQueue(String)
    case bindQueue(Binding)
    case unbindQueue(Binding)
    case consume(Consumption)
    case cancel(consumerTag: String)
    case get(queue: String)

    struct ExchangeDeclaration: Sendable, Hashable {
        var name: String
        var type: String
        var passive = false
        var durable = false
        var autoDelete = false
        var isInternal = false
        var arguments = AMQPTable()
    }

    struct QueueDeclaration: Sendable, Hashable {
        /// Empty: the broker chooses.
        var name: String
        var passive = false
        var durable = false
        var exclusive = false
        var autoDelete = false
        var arguments = AMQPTable()
    }

    struct Binding: Sendable, Hashable {
        var destination: String
        var source: String
        var routingKey: String
        var arguments = AMQPTable()
    }

    struct Consumption: Sendable, Hashable {
        var queue: String
        var consumerTag: String
        var exclusive = false
        var arguments = AMQPTable()
    }

    /// The method that answers; `basic.get` has one more.
    var answer: UInt32 {
        switch self {
        case .openChannel: MethodID.channelOpenOK
        case .closeChannel: MethodID.channelCloseOK
        case .selectConfirms: MethodID.confirmSelectOK
        case .prefetch: MethodID.basicQosOK
        case .declareExchange: MethodID.exchangeDeclareOK
        case .deleteExchange: MethodID.exchangeDeleteOK
        case .bindExchange: MethodID.exchangeBindOK
        case .unbindExchange: MethodID.exchangeUnbindOK
        case .declareQueue: MethodID.queueDeclareOK
        case .deleteQueue: MethodID.queueDeleteOK
        case .purgeQueue: MethodID.queuePurgeOK
        case .bindQueue: MethodID.queueBindOK
        case .unbindQueue: MethodID.queueUnbindOK
        case .consume: MethodID.basicConsumeOK
        case .cancel: MethodID.basicCancelOK
        case .get: MethodID.basicGetOK
        }
    }

    /// The method that asks: the one before its answer, but for one.
    var method: UInt32 {
        if case .unbindExchange = self { MethodID.exchangeUnbind } else { answer - 1 }
    }

    /// What it binds to an exchange.
    var binding: Binding? {
        switch self {
        case .bindQueue(let binding), .bindExchange(let binding): binding
        default: nil
        }
    }

    /// The same for a queue that goes by another name now.
    func renamingQueue(_ old: String, to new: String) -> Request {
        switch self {
        case .declareQueue(var queue) where queue.name == old:
            queue.name = new
            return .declareQueue(queue)
        case .bindQueue(var binding) where binding.destination == old:
            binding.destination = new
            return .bindQueue(binding)
        default: return self
        }
    }

    /// What is being done, for the text of an error.
    var doing: String {
        switch self {
        case .openChannel: "Opening a channel"
        case .closeChannel: "Closing a channel"
        case .selectConfirms: "Asking for confirms"
        case .prefetch: "Setting the prefetch count"
        case .declareExchange(let exchange): "Declaring exchange \"\(exchange.name)\""
        case .deleteExchange(let name, _): "Deleting exchange \"\(name)\""
        case .bindExchange(let binding): "Binding exchange \"\(binding.destination)\" to \"\(binding.source)\""
        case .unbindExchange(let binding): "Unbinding exchange \"\(binding.destination)\" from \"\(binding.source)\""
        case .declareQueue(let queue): "Declaring queue \"\(queue.name)\""
        case .deleteQueue(let name, _, _): "Deleting queue \"\(name)\""
        case .purgeQueue(let name): "Purging queue \"\(name)\""
        case .bindQueue(let binding): "Binding queue \"\(binding.destination)\" to \"\(binding.source)\""
        case .unbindQueue(let binding): "Unbinding queue \"\(binding.destination)\" from \"\(binding.source)\""
        case .consume(let consumption): "Consuming from queue \"\(consumption.queue)\""
        case .cancel: "Cancelling a consumer"
        case .get(let queue): "Getting from queue \"\(queue)\""
        }
    }
}

/// What the broker answered.
enum Answer: Sendable {
    case done
    case queue(name: String, messageCount: UInt32, consumerCount: UInt32)
    case count(UInt32)
    case message(ReceivedContent, epoch: UInt64)
    case noMessage
}
