import CLibrdkafka
import MessagingTracing
import SpanlinkRuntime

/// A consumer's topics: the name of each and what spans say of it, made once a topic and not once a message.
final class ConsumerTopics: Sendable {
    /// A topic that messages came from.
    struct Topic: Sendable {
        let name: String
        let channel: MessageChannel
    }

    private struct Entry {
        /// Only its address is used.
        let raw: Unchecked<OpaquePointer>
        /// The name with its terminating zero.
        let characters: ContiguousArray<CChar>
        var topic: Topic
    }

    private struct State {
        var instrumentation: MessagingInstrumentation
        var entries: [Entry] = []
    }

    private let state: Mutex<State>
    private static let limit = 256

    init(instrumentation: MessagingInstrumentation) { state = Mutex(State(instrumentation: instrumentation)) }

    var instrumentation: MessagingInstrumentation { state.withLock { $0.instrumentation } }

    /// The topic of a handle, which a message keeps alive.
    func topic(of raw: OpaquePointer) -> Topic {
        let characters = Unchecked(rd_kafka_topic_name(raw)!)
        let raw = Unchecked(raw)
        return state.withLock { state in
            // An address may come back for another topic once a handle is gone, so the name decides.
            for entry in state.entries where entry.raw.value == raw.value {
                if entry.characters.withUnsafeBufferPointer({ strcmp($0.baseAddress!, characters.value) }) == 0 {
                    return entry.topic
                }
            }
            let name = String(cString: characters.value)
            let topic = Topic(name: name, channel: channel(to: name, &state))
            state.entries.removeAll { $0.raw.value == raw.value }
            if state.entries.count < Self.limit {
                let copy = ContiguousArray(
                    UnsafeBufferPointer(start: characters.value, count: strlen(characters.value) + 1))
                state.entries.append(Entry(raw: raw, characters: copy, topic: topic))
            }
            return topic
        }
    }

    /// The channel of a topic that is known by name.
    func channel(to name: String) -> MessageChannel { state.withLock { channel(to: name, &$0) } }

    private func channel(to name: String, _ state: inout State) -> MessageChannel {
        // Handles come and go with assignments; two of one topic share the channel.
        state.entries.first { $0.topic.name == name }?.topic.channel
            ?? state.instrumentation.channel(to: MessageDestination(name))
    }

    /// Says something more of the client from now on, such as the cluster's id.
    func use(_ instrumentation: MessagingInstrumentation) {
        state.withLock { state in
            state.instrumentation = instrumentation
            var renewed: [String: MessageChannel] = [:]
            for index in state.entries.indices {
                let name = state.entries[index].topic.name
                let channel = renewed[name] ?? instrumentation.channel(to: MessageDestination(name))
                renewed[name] = channel
                state.entries[index].topic = Topic(name: name, channel: channel)
            }
        }
    }
}
