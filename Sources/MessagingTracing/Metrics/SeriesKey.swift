/// The attributes by which the series of one destination differ.
struct SeriesKey: Equatable {
    var operation: MessagingOperation
    /// Negative if there is none.
    var partition: Int32
    /// The name of the call, if it is not the system's usual one for the operation.
    var name: String?
    /// `error.type` of a failed operation.
    var errorType: String?

    /// Texts are compared, not hashed: a destination has few of them for one operation and partition.
    var hash: Int {
        let operation =
            switch operation {
            case .create: 0
            case .send: 1
            case .receive: 2
            case .process: 3
            case .settle: 4
            }
        let mixed = UInt64(truncatingIfNeeded: Int(partition) &* 5 &+ operation) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32)
    }

    /// Whether an application chooses a text of the key.
    var hasText: Bool { name != nil || errorType != nil }
}
