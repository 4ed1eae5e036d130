/// The command line, taken from the front.
struct Arguments {
    private var words: ArraySlice<String>

    init(_ words: some Sequence<String>) { self.words = ArraySlice(Array(words)) }

    mutating func nextWord() -> String? { words.popFirst() }

    /// The value after an option that needs one.
    mutating func value<Value>(of option: String, _ parse: (String) -> Value?, _ form: String) throws -> Value {
        guard let word = words.popFirst() else { throw UsageError("\(option) needs \(form)") }
        guard let value = parse(word) else { throw UsageError("\(option) needs \(form), not '\(word)'") }
        return value
    }
}

/// The command line makes no sense; says what to do.
struct UsageError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

/// Somebody asked for help.
struct HelpRequest: Error {}
