/// A value of a configuration file, with its place for messages: a path of keys such as `tracer_provider.sampler`.
struct FileValue {
    typealias Mistake = ConfigurationFileMistake

    let node: YAMLNode
    let path: String
    var line: Int { node.line }

    /// The typed value of a scalar, `nil` for a sequence or mapping.
    var scalar: YAMLScalar? {
        guard case .scalar(let text, let isPlain) = node.content else { return nil }
        return isPlain ? YAMLScalar(plain: text) : .string(text)
    }

    /// A mistake at this value. `problem` follows the path and contains no value.
    func mistake(_ problem: String) -> Mistake {
        Mistake(line, (path == FileMapping.rootPath ? "The file" : "The key \(path)") + " \(problem)")
    }

    /// A mistake of type. The message names the type that was found.
    func wrongType(_ expected: String) -> Mistake { mistake("must be \(expected), not \(typeName)") }

    private var typeName: String {
        switch (node.content, scalar) {
        case (.sequence, _): "a sequence"
        case (.mapping, _): "a mapping"
        case (_, .bool): "a boolean"
        case (_, .int), (_, .double): "a number"
        case (_, .string): "a string"
        case (_, .null), (_, nil): "null"
        }
    }

    // MARK: Scalars

    func string() throws(Mistake) -> String {
        guard case .string(let text) = scalar else { throw wrongType("a string") }
        return text
    }

    func bool() throws(Mistake) -> Bool {
        guard case .bool(let value) = scalar else { throw wrongType("true or false") }
        return value
    }

    func integer(in range: ClosedRange<Int>) throws(Mistake) -> Int {
        guard case .int(let value) = scalar else { throw wrongType("an integer") }
        guard range.contains(value) else { throw mistake("must be from \(range.lowerBound) to \(range.upperBound)") }
        return value
    }

    func number() throws(Mistake) -> Double {
        switch scalar {
        case .int(let value): return Double(value)
        case .double(let value): return value
        default: throw wrongType("a number")
        }
    }

    func choice<Choice>(_ choices: [(name: String, value: Choice)]) throws(Mistake) -> Choice {
        let name = try string()
        if let choice = choices.first(where: { $0.name == name }) { return choice.value }
        throw mistake("must be one of \(choices.map(\.name).joined(separator: ", "))")
    }

    // MARK: Collections

    /// The elements of a sequence, at least one.
    func elements() throws(Mistake) -> [FileValue] {
        guard case .sequence(let nodes) = node.content else { throw wrongType("a sequence") }
        guard !nodes.isEmpty else { throw mistake("must have at least one element") }
        return nodes.enumerated().map { FileValue(node: $1, path: "\(path)[\($0)]") }
    }

    /// The mapping, if it has no keys but those of the section.
    func mapping(_ section: FileSection) throws(Mistake) -> FileMapping {
        if section.isNullable, scalar == .null { return FileMapping(self, [:]) }
        guard case .mapping(let entries) = node.content else { throw wrongType("a mapping") }
        var values: [String: FileValue] = [:]
        let prefix = path == FileMapping.rootPath ? "" : path + "."
        for entry in entries {
            if section.unsupported.contains(entry.key) {
                throw Mistake(entry.line, "The key \"\(entry.key)\" in \(path) is not supported. Remove it")
            }
            guard section.keys.contains(entry.key) else {
                let advice =
                    section.keys.isEmpty
                    ? "It has no keys" : "Known keys: \(section.keys.joined(separator: ", "))"
                throw Mistake(entry.line, "Unknown key \"\(entry.key)\" in \(path). \(advice)")
            }
            // The place of an empty value is that of its key.
            var node = entry.value
            if node.line > entry.line, FileValue(node: node, path: "").scalar == .null {
                node = YAMLNode(content: node.content, line: entry.line)
            }
            values[entry.key] = FileValue(node: node, path: prefix + entry.key)
        }
        return FileMapping(self, values)
    }

    /// A component: a mapping whose one key is the component's name.
    func component(_ section: FileSection) throws(Mistake) -> (name: String, settings: FileValue) {
        let mapping = try mapping(section)
        guard let first = mapping.values.first, mapping.values.count == 1 else {
            throw mistake("must have exactly one of the keys \(section.keys.joined(separator: ", "))")
        }
        return (first.key, first.value)
    }
}
