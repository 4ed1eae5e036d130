/// Reads baggage from one or several header values; of a name that comes twice the last entry counts.
///
/// Keeps what fits a header: 64 entries and 8192 bytes. So the work, too, stays bounded whatever a sender writes.
struct BaggageParser {
    private(set) var baggage = Baggage()
    /// The size of `baggage` as a header value.
    private var size = 0

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        bytes.forEachPart(separatedBy: UInt8(ascii: ",")) { member in
            if let entry = BaggageCodec.entry(member) { append(entry) }
            return true
        }
    }

    private mutating func append(_ entry: Baggage.Entry) {
        let previous = baggage.entry(entry.key)
        let gain =
            BaggageCodec.encodedSize(entry)
            - (previous.map(BaggageCodec.encodedSize) ?? (baggage.isEmpty ? 0 : -1))
        guard size + gain <= Baggage.maximumHeaderBytes,
            previous != nil || baggage.count < Baggage.maximumHeaderEntries
        else { return }
        size += gain
        baggage.set(entry.key, entry.value, metadata: entry.metadata)
    }
}
