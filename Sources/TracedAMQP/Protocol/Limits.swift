/// What AMQP 0-9-1 and the size of a frame allow, checked before anything is written: a broker closes the connection over a
/// frame that it cannot read, and that ends the work of others on it.
enum Limits {
    /// Frame header and frame end (AMQP 0-9-1, section 2.3.5).
    static let frameOverhead = 7 + 1

    /// With what a content header has before its properties (AMQP 0-9-1, section 4.2.6.1).
    static let contentHeaderOverhead = frameOverhead + 14

    /// More than any method has beside its table: a handful of short strings.
    static let methodOverhead = 1_024

    /// How deep tables and arrays may lie in each other. The libraries on both sides recurse.
    static let depth = 64

    /// Short strings have a length of one byte (section 4.2.5.3).
    static func check(_ text: String?, _ what: StaticString) throws(AMQPError) {
        guard let text else { return }
        guard text.utf8.count <= 255 else {
            throw AMQPError(
                .invalidArgument, "The \(what) has \(text.utf8.count) bytes; AMQP allows 255. Choose a shorter one")
        }
    }

    /// Arguments of a method, which fit into one frame or not at all.
    static func check(arguments table: AMQPTable, maxFrameSize: Int) throws(AMQPError) {
        guard !table.isEmpty else { return }
        try checkFields(of: table, depth: 1)
        try check(table.encodedSize, of: "arguments", room: maxFrameSize - methodOverhead)
    }

    /// Properties of a message, which fit into one frame or not at all. How many bytes that frame has.
    static func check(_ properties: AMQPProperties, maxFrameSize: Int) throws(AMQPError) -> Int {
        try check(properties.contentType, "contentType")
        try check(properties.contentEncoding, "contentEncoding")
        try check(properties.correlationID, "correlationID")
        try check(properties.replyTo, "replyTo")
        try check(properties.expiration, "expiration")
        try check(properties.messageID, "messageID")
        try check(properties.type, "type")
        try check(properties.userID, "userID")
        try check(properties.appID, "appID")
        if let expiration = properties.expiration { try check(expiration: expiration) }
        if !properties.headers.isEmpty { try checkFields(of: properties.headers, depth: 1) }
        let size = properties.encodedSize
        try check(size, of: "headers and properties of the message", room: maxFrameSize - contentHeaderOverhead)
        return size + contentHeaderOverhead
    }

    private static func check(_ size: Int, of what: String, room: Int) throws(AMQPError) {
        guard size <= room else {
            throw AMQPError(
                .invalidArgument,
                "The \(what) take \(size) bytes; \(room) fit into a frame. Put what is large into the body, or raise "
                    + "maxFrameSize here and frame_max on the broker")
        }
    }

    /// RabbitMQ closes the channel over anything else.
    private static func check(expiration: String) throws(AMQPError) {
        guard expiration.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            UInt32(expiration) != nil
        else {
            throw AMQPError(
                .invalidArgument,
                "The expiration \"\(expiration)\" is not a number of milliseconds, from 0 to 4294967295")
        }
    }

    private static func checkFields(of table: AMQPTable, depth: Int) throws(AMQPError) {
        for (name, value) in table {
            try check(name, "name of a header or argument")
            try check(value, depth: depth)
        }
    }

    private static func check(_ value: AMQPValue, depth: Int) throws(AMQPError) {
        switch value {
        case .float(let number): try check(isFinite: number.isFinite)
        case .double(let number): try check(isFinite: number.isFinite)
        case .table(let table):
            try check(depth: depth)
            try checkFields(of: table, depth: depth + 1)
        case .array(let values):
            try check(depth: depth)
            for value in values { try check(value, depth: depth + 1) }
        default: return
        }
    }

    private static func check(depth: Int) throws(AMQPError) {
        guard depth < Self.depth else {
            throw AMQPError(
                .invalidArgument,
                "Headers or arguments are nested more than \(Self.depth) deep. Put what is nested into the body")
        }
    }

    /// Erlang has no other numbers: RabbitMQ fails to read them, and ends the connection.
    private static func check(isFinite: Bool) throws(AMQPError) {
        guard isFinite else {
            throw AMQPError(
                .invalidArgument,
                "A number in headers or arguments is not finite, which brokers cannot read. Send a text")
        }
    }
}

extension Request {
    /// Refuses what would not fit into its frame.
    func check(maxFrameSize: Int) throws(AMQPError) {
        switch self {
        case .openChannel, .closeChannel, .selectConfirms, .prefetch, .cancel: return
        case .declareExchange(let exchange):
            try Limits.check(exchange.name, "exchange")
            try Limits.check(exchange.type, "type of the exchange")
            try Limits.check(arguments: exchange.arguments, maxFrameSize: maxFrameSize)
        case .deleteExchange(let name, _): try Limits.check(name, "exchange")
        case .bindExchange(let binding), .unbindExchange(let binding), .bindQueue(let binding),
            .unbindQueue(let binding):
            try Limits.check(binding.destination, "queue or exchange")
            try Limits.check(binding.source, "exchange")
            try Limits.check(binding.routingKey, "routing key")
            try Limits.check(arguments: binding.arguments, maxFrameSize: maxFrameSize)
        case .declareQueue(let queue):
            try Limits.check(queue.name, "queue")
            try Limits.check(arguments: queue.arguments, maxFrameSize: maxFrameSize)
        case .deleteQueue(let name, _, _), .purgeQueue(let name), .get(let name): try Limits.check(name, "queue")
        case .consume(let consumption):
            try Limits.check(consumption.queue, "queue")
            try Limits.check(arguments: consumption.arguments, maxFrameSize: maxFrameSize)
        }
    }
}
