import CLibrdkafka
import MessagingTracing
import SpanlinkRuntime

/// A producer's topics by name, so that no message looks its topic up in librdkafka: the handle (`rd_kafka_topic_t`), and
/// what spans say of it. Handles live until the producer is destroyed.
final class TopicCache: Sendable {
    /// A topic to produce to.
    ///
    /// `@unchecked`: librdkafka allows the use of the handle from any thread, and it lives as long as the client.
    struct Topic: @unchecked Sendable {
        let raw: OpaquePointer
        let channel: MessageChannel
    }

    private struct State {
        var instrumentation: MessagingInstrumentation
        /// The first topics, found by comparing: cheaper than hashing while they are few.
        var few: [(name: String, topic: Topic)] = []
        var others: [String: Topic] = [:]
    }

    private let state: Mutex<State>
    private static let few = 8

    init(instrumentation: MessagingInstrumentation) { state = Mutex(State(instrumentation: instrumentation)) }

    func topic(named name: String, of client: OpaquePointer) throws(KafkaError) -> Topic {
        let client = Unchecked(client)
        let result: Result<Topic, KafkaError> = state.withLock { state in
            // By index: a loop over the array would retain it, and each entry, for every message.
            for index in state.few.indices where state.few[index].name == name {
                return .success(state.few[index].topic)
            }
            if let topic = state.others[name] { return .success(topic) }
            // C would end the name at a zero, and send to another topic.
            if name.isEmpty || name.utf8.contains(0) {
                return .failure(
                    KafkaError(
                        .invalidArgument, "Topic name \"\(name)\" is not possible. Name the topic the message is for"))
            }
            guard let raw = rd_kafka_topic_new(client.value, name, nil) else {
                let error = rd_kafka_last_error()
                return .failure(KafkaError(error, "Topic name \"\(name)\" is not possible"))
            }
            let topic = Topic(raw: raw, channel: state.instrumentation.channel(to: MessageDestination(name)))
            if state.few.count < Self.few {
                state.few.append((name, topic))
            } else {
                state.others[name] = topic
            }
            return .success(topic)
        }
        return try result.get()
    }

    var instrumentation: MessagingInstrumentation { state.withLock { $0.instrumentation } }

    /// Says something more of the client from now on, such as the cluster's id.
    func use(_ instrumentation: MessagingInstrumentation) {
        state.withLock { state in
            state.instrumentation = instrumentation
            func renewed(_ name: String, _ topic: Topic) -> Topic {
                Topic(raw: topic.raw, channel: instrumentation.channel(to: MessageDestination(name)))
            }
            state.few = state.few.map { ($0.name, renewed($0.name, $0.topic)) }
            for (name, topic) in state.others { state.others[name] = renewed(name, topic) }
        }
    }

    /// Gives all handles back; before the client is destroyed.
    func removeAll() {
        state.withLock { state in
            for entry in state.few { rd_kafka_topic_destroy(entry.topic.raw) }
            for topic in state.others.values { rd_kafka_topic_destroy(topic.raw) }
            state.few = []
            state.others = [:]
        }
    }
}
