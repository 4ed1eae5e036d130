import CLibrdkafka
import Synchronization

/// The topic handles (`rd_kafka_topic_t`) of a producer by name, so that no message looks its topic up in librdkafka.
/// They live until the producer is destroyed.
final class TopicCache: Sendable {
    private struct State {
        /// The first topics, found by comparing: cheaper than hashing while they are few.
        var few: [(name: String, topic: OpaquePointer)] = []
        var others: [String: OpaquePointer] = [:]
    }

    // The pointers in it are used from any thread, which librdkafka allows, until `removeAll`.
    private let state = Mutex(Unchecked(State()))
    private static let few = 8

    func topic(named name: String, of client: OpaquePointer) throws(KafkaError) -> OpaquePointer {
        let result: Unchecked<Result<OpaquePointer, KafkaError>> = state.withLock { box in
            // By index: a loop over the array would retain it, and each entry, for every message.
            for index in box.value.few.indices where box.value.few[index].name == name {
                return Unchecked(.success(box.value.few[index].topic))
            }
            if let topic = box.value.others[name] { return Unchecked(.success(topic)) }
            // C would end the name at a zero, and send to another topic.
            if name.isEmpty || name.utf8.contains(0) {
                let text = "Topic name \"\(name)\" is not possible. Name the topic the message is for"
                return Unchecked(.failure(KafkaError(.invalidArgument, text)))
            }
            guard let topic = rd_kafka_topic_new(client, name, nil) else {
                let error = rd_kafka_last_error()
                return Unchecked(.failure(KafkaError(error, "Topic name \"\(name)\" is not possible")))
            }
            if box.value.few.count < Self.few {
                box.value.few.append((name, topic))
            } else {
                box.value.others[name] = topic
            }
            return Unchecked(.success(topic))
        }
        return try result.value.get()
    }

    /// Gives all handles back; before the client is destroyed.
    func removeAll() {
        state.withLock { box in
            for entry in box.value.few { rd_kafka_topic_destroy(entry.topic) }
            for topic in box.value.others.values { rd_kafka_topic_destroy(topic) }
            box = Unchecked(State())
        }
    }
}
