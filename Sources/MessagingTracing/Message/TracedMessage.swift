internal import TracingCore

/// A message as an adapter shows it to the conventions: where it belongs, what is known of it, what headers it has.
///
/// All requirements are called while the message is in the caller's hands, from the caller's task, and must not block.
public protocol TracedMessage {
    /// The destination it came from or goes to.
    var channel: MessageChannel { get }
    /// States what is known of it.
    func state(_ facts: inout MessageFacts)
    /// Shows every header in order, its name and value as bytes; text values as UTF-8. Values of other types are left out.
    func readHeaders(_ read: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void)
}

/// A message that is about to be sent.
///
/// What is written goes into the message alone: it never changes headers that the caller holds.
public protocol OutgoingMessage: TracedMessage {
    /// Whether it has any header.
    var hasHeaders: Bool { get }
    /// Whether its headers came with a consumed message: what they say of its trace is history, and is replaced.
    var isForwarded: Bool { get }
    /// How many bytes of names and values may be added before the message could exceed the broker's limit.
    var headerRoom: Int { get }
    /// Removes every header of that name; other headers keep order and duplicates.
    mutating func removeHeaders(named name: String)
    /// Adds a header at the end. The bytes are UTF-8 and are copied.
    mutating func appendHeader(_ name: String, _ value: UnsafeRawBufferPointer)
}
