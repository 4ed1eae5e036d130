/// The headers of a message that is about to be sent, as an adapter shows them.
///
/// What is written goes into the message alone: a carrier never changes the headers that the caller holds.
public protocol MessageCarrier {
    /// Whether the headers came with a consumed message: what they say of its trace is history, and is replaced.
    var isForwarded: Bool { get }
    /// How many bytes of names and values may be added before the message could exceed the broker's limit.
    var headerRoom: Int { get }
    /// Shows every header in order, its name and value as bytes; text values as UTF-8.
    func readHeaders(_ read: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void)
    /// Removes every header of that name; other headers keep order and duplicates.
    mutating func removeHeaders(named name: StaticString)
    /// Adds a header at the end. The bytes are UTF-8 and are copied.
    mutating func appendHeader(_ name: StaticString, _ value: UnsafeRawBufferPointer)
    /// Removes every header of that name and adds one at the end: what tracers of other libraries ask for.
    mutating func setHeader(_ name: String, _ value: String)
}
