internal import MessagingTracing
public import TracingCore

/// One consumer span that handled a batch, with its links grouped by where the messages came from.
public struct FanIn: Sendable {
    /// Links to one producer through one partition.
    public struct Group: Sendable, Hashable {
        /// The name of the spans that produced the messages; `nil` when they were not exported.
        public var producer: String?
        /// The service that produced them.
        public var service: String?
        /// The topic or queue.
        public var destination: String?
        /// The partition.
        public var partition: String?
        /// How many links the group has.
        public var count: Int
        /// How many traces they lead to.
        public var traceCount: Int
        /// The first and last offset or delivery tag.
        public var positions: ClosedRange<Int64>?
        /// The shortest and longest time in queue, in seconds.
        public var timeInQueue: ClosedRange<Double>?

        /// A group of links.
        public init(
            producer: String? = nil, service: String? = nil, destination: String? = nil, partition: String? = nil,
            count: Int, traceCount: Int, positions: ClosedRange<Int64>? = nil, timeInQueue: ClosedRange<Double>? = nil
        ) {
            self.producer = producer
            self.service = service
            self.destination = destination
            self.partition = partition
            self.count = count
            self.traceCount = traceCount
            self.positions = positions
            self.timeInQueue = timeInQueue
        }
    }

    /// The batch span.
    public let span: SpanData
    /// How many messages it handled.
    public let messageCount: Int
    /// Its links, grouped.
    public let groups: [Group]
    /// How many of its links point at spans that were exported.
    public let resolvedLinks: Int

    /// The batch spans among `index`'s, in the order in which they started.
    public static func all(in index: SpanIndex) -> [FanIn] {
        index.spans.compactMap { span in
            guard span.kind == .consumer, case .int(let count) = span.attributes[MessagingAttribute.batchMessageCount]
            else { return nil }
            return FanIn(span, messageCount: Int(count), in: index)
        }
    }

    init(_ span: SpanData, messageCount: Int, in index: SpanIndex) {
        self.span = span
        self.messageCount = messageCount
        var groups: [GroupKey: Group] = [:]
        var traces: [GroupKey: Set<TraceID>] = [:]
        var order: [GroupKey] = []
        var resolved = 0
        for link in span.links {
            let producer = index[link.context]
            if producer != nil { resolved += 1 }
            let fact = { (key: String) in link.attributes[key] ?? span.attributes[key] }
            let key = GroupKey(
                producer: producer?.name, service: producer?.resource.serviceName,
                destination: fact(MessagingAttribute.destinationName)?.text,
                partition: fact(MessagingAttribute.destinationPartitionID)?.text)
            if groups[key] == nil {
                order.append(key)
                groups[key] = Group(
                    producer: key.producer, service: key.service, destination: key.destination,
                    partition: key.partition, count: 0, traceCount: 0)
            }
            groups[key]!.count += 1
            if traces[key, default: []].insert(link.context.traceID).inserted { groups[key]!.traceCount += 1 }
            let position = fact(MessagingAttribute.kafkaOffset) ?? fact(MessagingAttribute.rabbitmqDeliveryTag)
            if case .int(let position) = position { groups[key]!.positions.extend(to: position) }
            if case .double(let waited) = fact(MessagingAttribute.timeInQueue) {
                groups[key]!.timeInQueue.extend(to: waited)
            }
        }
        self.groups = order.map { groups[$0]! }.sorted {
            ($0.service ?? "", $0.destination ?? "", $0.partition ?? "")
                < ($1.service ?? "", $1.destination ?? "", $1.partition ?? "")
        }
        self.resolvedLinks = resolved
    }

    private struct GroupKey: Hashable {
        var producer: String?
        var service: String?
        var destination: String?
        var partition: String?
    }
}

extension Optional {
    fileprivate mutating func extend<Bound>(to value: Bound) where Wrapped == ClosedRange<Bound> {
        self = map { Swift.min($0.lowerBound, value)...Swift.max($0.upperBound, value) } ?? value...value
    }
}

extension Resource {
    /// The service's name.
    var serviceName: String? { attributes["service.name"]?.text }
}

extension AttributeValue {
    /// The value when it is a text.
    var text: String? { if case .string(let text) = self { text } else { nil } }
}
