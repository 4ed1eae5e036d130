/// The kinds of operation that the messaging conventions know (`messaging.operation.type`).
public enum MessagingOperation: String, Sendable, Hashable, CaseIterable {
    /// A message is made; only batches have it apart from sending.
    case create
    /// One or more messages are handed to a broker.
    case send
    /// The application pulls messages.
    case receive
    /// Messages are handled.
    case process
    /// Messages are acknowledged, rejected, committed.
    case settle
}
