/// The name of an error's type, the same in every process: for `error.type`, `exception.type` and span statuses.
package enum ErrorTypeName {
    /// The qualified name. The context of a private or local type has an address in its name, which is left out.
    package static func of(_ error: any Error) -> String { stable(String(reflecting: type(of: error))) }

    static func stable(_ name: String) -> String {
        var stable = ""
        var rest = name[...]
        while let context = rest.firstRange(of: "(unknown context at $") {
            stable += rest[..<context.lowerBound]
            guard let end = rest[context.upperBound...].firstRange(of: ").") else { break }
            rest = rest[end.upperBound...]
        }
        return stable + rest
    }
}
