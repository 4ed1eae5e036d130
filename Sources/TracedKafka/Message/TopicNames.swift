import CLibrdkafka
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The names of a consumer's topics as strings, made once a topic and not once a message.
final class TopicNames: Sendable {
    private struct Entry {
        var topic: OpaquePointer
        var name: String
        /// The name with its terminating zero.
        var characters: ContiguousArray<CChar>
    }

    // Of the pointers only the address is used.
    private let entries = Mutex(Unchecked<[Entry]>([]))
    private static let limit = 256

    /// The name of a topic handle, which a message keeps alive.
    func name(of topic: OpaquePointer) -> String {
        let characters = rd_kafka_topic_name(topic)!
        return entries.withLock { box in
            // An address may come back for another topic once a handle is gone, so the name decides.
            for entry in box.value where entry.topic == topic {
                if entry.characters.withUnsafeBufferPointer({ strcmp($0.baseAddress!, characters) }) == 0 {
                    return entry.name
                }
            }
            let name = String(cString: characters)
            box.value.removeAll { $0.topic == topic }
            if box.value.count < Self.limit {
                let copy = ContiguousArray(UnsafeBufferPointer(start: characters, count: strlen(characters) + 1))
                box.value.append(Entry(topic: topic, name: name, characters: copy))
            }
            return name
        }
    }
}
