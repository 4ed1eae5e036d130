extension TraceSpan {
    /// Something that happened during a span, at a point in time.
    public struct Event: Sendable, Hashable {
        /// What happened: a name of low cardinality.
        public var name: String
        /// What is known of it.
        public var attributes: Attributes
        /// When it happened.
        public var time: Timestamp
        /// How many attributes were over the limit.
        public var droppedAttributesCount = 0

        /// An event; `time` is now unless said.
        public init(name: String, attributes: Attributes = [:], time: Timestamp = .now) {
            self.name = name
            self.attributes = attributes
            self.time = time
        }
    }
}
