/// Counts methods in the two byte streams of a connection, as a proxy sees them pass.
struct AMQPTraffic {
    private(set) var publishes = 0
    private(set) var deliveries = 0
    /// The most deliveries that were ever without an acknowledgement. Each is acknowledged alone.
    private(set) var mostUnsettled = 0
    private var acknowledgements = 0
    private var counts: [Direction: [UInt32: Int]] = [:]

    enum Direction { case fromClient, fromBroker }

    /// How often a method has passed: the class in the high half of its number, the method in the low half.
    func count(of method: UInt32, _ direction: Direction) -> Int { counts[direction]?[method] ?? 0 }

    mutating func passed(_ method: UInt32, fromClient: Bool) {
        counts[fromClient ? .fromClient : .fromBroker, default: [:]][method, default: 0] += 1
        switch (method, fromClient) {
        case (0x003C_0028, true): publishes += 1
        case (0x003C_0050, true): acknowledgements += 1
        case (0x003C_003C, false):
            deliveries += 1
            mostUnsettled = max(mostUnsettled, deliveries - acknowledgements)
        default: break
        }
    }

    /// Cuts a stream into frames (AMQP 0-9-1, section 2.3.5).
    struct Frames {
        private var buffer: [UInt8] = []
        /// The protocol header is no frame.
        private var skipped: Int

        init(fromClient: Bool) { skipped = fromClient ? 8 : 0 }

        /// The methods that are complete with these bytes.
        mutating func methods(_ bytes: some Collection<UInt8>) -> [UInt32] {
            buffer += bytes
            var methods: [UInt32] = []
            var start = skipped
            while buffer.count >= start + 7 {
                let size = Int(number(at: start + 3))
                guard buffer.count >= start + size + 8 else { break }
                if buffer[start] == 1 { methods.append(number(at: start + 7)) }
                start += size + 8
            }
            if start <= buffer.count {
                buffer.removeFirst(start)
                skipped = 0
            }
            return methods
        }

        private func number(at index: Int) -> UInt32 {
            buffer[index..<(index + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
