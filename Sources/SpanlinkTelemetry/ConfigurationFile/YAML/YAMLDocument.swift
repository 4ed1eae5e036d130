/// Builds the tree of a YAML text with one document.
struct YAMLDocument {
    /// The largest text in bytes.
    static let maxSize = 1 << 20
    /// The deepest nesting of sequences and mappings. The schema needs 12.
    static let maxDepth = 32

    /// The root node.
    ///
    /// - Throws: ``ConfigurationFileMistake`` if the text is no YAML document, is too large or too deep, or has a key twice.
    static func parse(_ bytes: [UInt8]) throws(ConfigurationFileMistake) -> YAMLNode {
        guard bytes.count <= maxSize else {
            throw ConfigurationFileMistake(1, "The file is larger than \(maxSize) bytes")
        }
        var document = YAMLDocument(events: try YAMLEventReader(bytes))
        var root: YAMLNode?
        while true {
            let event = try document.events.next()
            switch event.kind {
            case .streamEnd:
                guard let root else { throw ConfigurationFileMistake(event.line, "The file is empty") }
                return root
            case .documentStart:
                guard root == nil else {
                    throw ConfigurationFileMistake(event.line, "The file has several documents. Leave one")
                }
                root = try document.node(try document.events.next(), depth: 0)
            default: break
            }
        }
    }

    private var events: YAMLEventReader

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(ConfigurationFileMistake) -> YAMLNode {
        guard depth <= Self.maxDepth else {
            throw ConfigurationFileMistake(event.line, "The file nests deeper than \(Self.maxDepth) levels")
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            return YAMLNode(content: .scalar(text, isPlain: isPlain), line: event.line)
        case .sequenceStart: return YAMLNode(content: .sequence(try sequence(depth + 1)), line: event.line)
        case .mappingStart: return YAMLNode(content: .mapping(try mapping(depth + 1)), line: event.line)
        default: throw ConfigurationFileMistake(event.line, "The file is not YAML: a value is missing")
        }
    }

    private mutating func sequence(_ depth: Int) throws(ConfigurationFileMistake) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return nodes }
            nodes.append(try node(event, depth: depth))
        }
    }

    private mutating func mapping(_ depth: Int) throws(ConfigurationFileMistake) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return entries }
            guard case .scalar(let key, _) = event.kind else {
                throw ConfigurationFileMistake(event.line, "A key must be a scalar")
            }
            if let first = lines.updateValue(event.line, forKey: key) {
                throw ConfigurationFileMistake(event.line, "The key \"\(key)\" exists already in line \(first)")
            }
            let value = try node(try events.next(), depth: depth)
            entries.append(YAMLNode.Entry(key: key, line: event.line, value: value))
        }
    }
}
