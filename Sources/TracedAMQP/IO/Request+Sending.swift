import CLibrabbitmq

extension Request {
    /// Writes the request to a channel; a status of rabbitmq-c. Waits for no answer.
    func send(on channel: UInt16, of state: amqp_connection_state_t, _ arena: Arena) -> Int32 {
        defer { arena.reset() }
        func send(_ id: UInt32, _ method: some BitwiseCopyable) -> Int32 {
            var method = method
            return withUnsafeMutablePointer(to: &method) { amqp_send_method(state, channel, id, $0) }
        }
        func flag(_ value: Bool) -> amqp_boolean_t { value ? 1 : 0 }
        switch self {
        case .openChannel: return send(MethodID.channelOpen, amqp_channel_open_t())
        case .closeChannel:
            var method = amqp_channel_close_t()
            method.reply_code = 200
            return send(MethodID.channelClose, method)
        case .selectConfirms: return send(MethodID.confirmSelect, amqp_confirm_select_t())
        case .prefetch(let count):
            return send(MethodID.basicQos, amqp_basic_qos_t(prefetch_size: 0, prefetch_count: count, global: 0))
        case .declareExchange(let exchange):
            var method = amqp_exchange_declare_t()
            method.exchange = arena.bytes(exchange.name)
            method.type = arena.bytes(exchange.type)
            method.passive = flag(exchange.passive)
            method.durable = flag(exchange.durable)
            method.auto_delete = flag(exchange.autoDelete)
            method.internal = flag(exchange.isInternal)
            method.arguments = arena.table(exchange.arguments)
            return send(MethodID.exchangeDeclare, method)
        case .deleteExchange(let name, let ifUnused):
            var method = amqp_exchange_delete_t()
            method.exchange = arena.bytes(name)
            method.if_unused = flag(ifUnused)
            return send(MethodID.exchangeDelete, method)
        case .bindExchange(let binding):
            var method = amqp_exchange_bind_t()
            method.destination = arena.bytes(binding.destination)
            method.source = arena.bytes(binding.source)
            method.routing_key = arena.bytes(binding.routingKey)
            method.arguments = arena.table(binding.arguments)
            return send(MethodID.exchangeBind, method)
        case .unbindExchange(let binding):
            var method = amqp_exchange_unbind_t()
            method.destination = arena.bytes(binding.destination)
            method.source = arena.bytes(binding.source)
            method.routing_key = arena.bytes(binding.routingKey)
            method.arguments = arena.table(binding.arguments)
            return send(MethodID.exchangeUnbind, method)
        case .declareQueue(let queue):
            var method = amqp_queue_declare_t()
            method.queue = arena.bytes(queue.name)
            method.passive = flag(queue.passive)
            method.durable = flag(queue.durable)
            method.exclusive = flag(queue.exclusive)
            method.auto_delete = flag(queue.autoDelete)
            method.arguments = arena.table(queue.arguments)
            return send(MethodID.queueDeclare, method)
        case .deleteQueue(let name, let ifUnused, let ifEmpty):
            var method = amqp_queue_delete_t()
            method.queue = arena.bytes(name)
            method.if_unused = flag(ifUnused)
            method.if_empty = flag(ifEmpty)
            return send(MethodID.queueDelete, method)
        case .purgeQueue(let name):
            var method = amqp_queue_purge_t()
            method.queue = arena.bytes(name)
            return send(MethodID.queuePurge, method)
        case .bindQueue(let binding):
            var method = amqp_queue_bind_t()
            method.queue = arena.bytes(binding.destination)
            method.exchange = arena.bytes(binding.source)
            method.routing_key = arena.bytes(binding.routingKey)
            method.arguments = arena.table(binding.arguments)
            return send(MethodID.queueBind, method)
        case .unbindQueue(let binding):
            var method = amqp_queue_unbind_t()
            method.queue = arena.bytes(binding.destination)
            method.exchange = arena.bytes(binding.source)
            method.routing_key = arena.bytes(binding.routingKey)
            method.arguments = arena.table(binding.arguments)
            return send(MethodID.queueUnbind, method)
        case .consume(let consumption):
            var method = amqp_basic_consume_t()
            method.queue = arena.bytes(consumption.queue)
            method.consumer_tag = arena.bytes(consumption.consumerTag)
            method.exclusive = flag(consumption.exclusive)
            method.arguments = arena.table(consumption.arguments)
            return send(MethodID.basicConsume, method)
        case .cancel(let consumerTag):
            var method = amqp_basic_cancel_t()
            method.consumer_tag = arena.bytes(consumerTag)
            return send(MethodID.basicCancel, method)
        case .get(let queue):
            var method = amqp_basic_get_t()
            method.queue = arena.bytes(queue)
            return send(MethodID.basicGet, method)
        }
    }
}
