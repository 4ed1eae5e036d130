/// A mapping of a configuration file with known keys. A key that is absent or null reads as `nil`: the default counts.
struct FileMapping {
    typealias Mistake = ConfigurationFileMistake

    /// The path of the whole file in messages.
    static let rootPath = "the file"

    let values: [String: FileValue]
    private let owner: FileValue

    init(_ owner: FileValue, _ values: [String: FileValue]) {
        self.owner = owner
        self.values = values
    }

    /// The value of a key, also if it is null.
    subscript(key: String) -> FileValue? { values[key] }

    /// The value of a key that must exist.
    func required(_ key: String) throws(Mistake) -> FileValue {
        guard let value = values[key] else { throw owner.mistake("needs the key \"\(key)\"") }
        return value
    }

    func string(_ key: String) throws(Mistake) -> String? { try notNull(key)?.string() }

    func bool(_ key: String) throws(Mistake) -> Bool? { try notNull(key)?.bool() }

    func integer(_ key: String, atLeast least: Int) throws(Mistake) -> Int? {
        try notNull(key)?.integer(in: least...Self.largest)
    }

    /// Milliseconds. Zero is `zero`.
    func milliseconds(_ key: String, atLeast least: Int, zeroMeans zero: Duration = .zero) throws(Mistake) -> Duration?
    {
        guard let number = try integer(key, atLeast: least) else { return nil }
        return number == 0 ? zero : .milliseconds(number)
    }

    func choice<Choice>(_ key: String, _ choices: [(name: String, value: Choice)]) throws(Mistake) -> Choice? {
        try notNull(key)?.choice(choices)
    }

    /// The elements of a sequence. Null is no sequence (schema: these arrays are not nullable).
    func elements(_ key: String) throws(Mistake) -> [FileValue] { try values[key]?.elements() ?? [] }

    /// A value that is not null.
    func notNull(_ key: String) -> FileValue? {
        guard let value = values[key], value.scalar != .null else { return nil }
        return value
    }

    /// As milliseconds some 30 years. Sums with it do not overflow.
    private static let largest = 1_000_000_000_000
}
