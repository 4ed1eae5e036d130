/// Text and mirrors of values that hold secrets: only the given parts are shown, however a value is printed.
///
/// A type that holds a password, a token or a header conforms to `CustomStringConvertible`, `CustomDebugStringConvertible` and
/// `CustomReflectable` with these.
package enum SecretHiding {
    /// A part of a value that may be shown.
    package typealias Part = (label: String, value: any Sendable)

    /// Stands for a value that is not shown.
    package static let hidden = "(not shown)"

    package static func description(of type: String, _ parts: [Part]) -> String {
        "\(type)(\(parts.map { "\($0.label): \($0.value)" }.joined(separator: ", ")))"
    }

    package static func mirror(of subject: Any, _ parts: [Part]) -> Mirror {
        Mirror(subject, children: parts.map { (label: $0.label, value: $0.value) }, displayStyle: .struct)
    }
}
