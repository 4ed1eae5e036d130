/// Some messages of a `sendBatch` did not arrive. The others did.
public struct KafkaBatchError: Error, Sendable, CustomStringConvertible {
    /// What became of each message, in the order of the call.
    public var results: [Result<KafkaReceipt, KafkaError>]

    init(results: [Result<KafkaReceipt, KafkaError>]) { self.results = results }

    /// The indices of the messages that did not arrive: those to send again.
    public var failedIndices: [Int] {
        results.indices.filter { index in
            if case .failure = results[index] { true } else { false }
        }
    }

    /// The first failure.
    public var first: KafkaError? {
        for case .failure(let error) in results { return error }
        return nil
    }

    public var description: String {
        "\(failedIndices.count) of \(results.count) messages were not delivered; first: \(first?.description ?? "none")"
    }
}
