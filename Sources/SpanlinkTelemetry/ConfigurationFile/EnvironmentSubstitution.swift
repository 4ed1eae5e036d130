/// Replaces references to environment variables in the scalars of a file (configuration data model, "Environment variable
/// substitution"): `${NAME}`, `${env:NAME}`, `${NAME:-default}`, and `$$` for `$`.
///
/// Keys stay as they are. A value that comes from a variable is text: it cannot add nodes or references. Unlike in the
/// specification, a variable that is not set and has no default is a mistake. One that is set and empty is empty.
struct EnvironmentSubstitution {
    let environment: [String: String]

    /// The node with the values of variables in all scalars below it.
    func apply(to node: YAMLNode) throws(ConfigurationFileMistake) -> YAMLNode {
        switch node.content {
        case .scalar(let text, let isPlain):
            return YAMLNode(content: .scalar(try apply(to: text, line: node.line), isPlain: isPlain), line: node.line)
        case .sequence(let nodes):
            var replaced: [YAMLNode] = []
            for node in nodes { replaced.append(try apply(to: node)) }
            return YAMLNode(content: .sequence(replaced), line: node.line)
        case .mapping(let entries):
            var replaced: [YAMLNode.Entry] = []
            for entry in entries {
                replaced.append(YAMLNode.Entry(key: entry.key, line: entry.line, value: try apply(to: entry.value)))
            }
            return YAMLNode(content: .mapping(replaced), line: node.line)
        }
    }

    /// The text between two `$$` is searched alone, so that a reference never spans an escape.
    func apply(to text: String, line: Int) throws(ConfigurationFileMistake) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var output = ""
        var rest = text.unicodeScalars[...]
        while let escape = Self.firstIndex(of: "$", "$", in: rest) {
            output += try references(in: rest[..<escape], line)
            output.unicodeScalars.append("$")
            rest = rest[escape...].dropFirst(2)
        }
        return try output + references(in: rest, line)
    }

    private func references(
        in text: Substring.UnicodeScalarView, _ line: Int
    ) throws(ConfigurationFileMistake) -> String {
        var output = String.UnicodeScalarView()
        var rest = text
        while let start = Self.firstIndex(of: "$", "{", in: rest) {
            let body = rest[start...].dropFirst(2)
            // Without an end in the same line the text is no reference.
            guard let end = body.firstIndex(where: { $0 == "}" || $0 == "\n" }), body[end] == "}" else {
                output.append(contentsOf: rest[..<body.startIndex])
                rest = body
                continue
            }
            output.append(contentsOf: rest[..<start])
            output.append(contentsOf: try value(of: String(body[..<end]), line).unicodeScalars)
            rest = body[body.index(after: end)...]
        }
        output.append(contentsOf: rest)
        return String(output)
    }

    private func value(of reference: String, _ line: Int) throws(ConfigurationFileMistake) -> String {
        let body = reference.hasPrefix("env:") ? reference.dropFirst(4) : reference[...]
        let name = body.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let rest = body.dropFirst(name.count)
        guard let first = name.first, !first.isNumber, rest.isEmpty || rest.hasPrefix(":-") else {
            throw ConfigurationFileMistake(
                line,
                "A reference to a variable is invalid. Write ${NAME} or ${NAME:-default}, and $$ for a dollar sign")
        }
        let value = environment[String(name)]
        if rest.isEmpty {
            if let value { return value }
            throw ConfigurationFileMistake(
                line, "The environment variable \(name) is not set. Set it, or write a default: ${\(name):-default}")
        }
        return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(rest.dropFirst(2))
    }

    private static func firstIndex(
        of first: Unicode.Scalar, _ second: Unicode.Scalar, in text: Substring.UnicodeScalarView
    ) -> Substring.UnicodeScalarView.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == first, next < text.endIndex, text[next] == second { return index }
            index = next
        }
        return nil
    }
}
