/// A node of a YAML document, with its line, from 1.
struct YAMLNode: Equatable {
    enum Content: Equatable {
        /// Text. A plain scalar stands without quotes and is not a block: its type follows from the text.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// Keys are unique.
        case mapping([Entry])
    }

    struct Entry: Equatable {
        let key: String
        /// The line of the key.
        let line: Int
        let value: YAMLNode
    }

    let content: Content
    let line: Int
}
