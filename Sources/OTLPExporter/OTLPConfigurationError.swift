/// A mistake in a configuration, or a libcurl that cannot do as it says: no exporter was made.
///
/// The text contains no password, token or value of a header.
public struct OTLPConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of mistake.
    public struct Code: Sendable, Hashable {
        private enum Value: Sendable, Hashable {
            case invalidEndpoint, invalidHeader, invalidLimit, invalidProxy, unsupportedByLibcurl
        }

        private let value: Value

        /// The endpoint is no URL of HTTP. The message leaves out what may be a password or a token in it.
        public static let invalidEndpoint = Code(value: .invalidEndpoint)
        /// A header has a name or a value that HTTP does not allow, or exists twice.
        public static let invalidHeader = Code(value: .invalidHeader)
        /// A time or a size is out of range.
        public static let invalidLimit = Code(value: .invalidLimit)
        /// The proxy is no URL that libcurl takes. The message does not repeat it: it may hold a password.
        public static let invalidProxy = Code(value: .invalidProxy)
        /// The installed libcurl refuses an option, lacks a feature, or has no memory.
        public static let unsupportedByLibcurl = Code(value: .unsupportedByLibcurl)
    }

    /// The kind of mistake.
    public let code: Code
    /// The mistake, and advice.
    public let message: String

    public var description: String { message }

    static let noMemory = OTLPConfigurationError(
        code: .unsupportedByLibcurl, message: "libcurl cannot be initialized, or has no memory")
}
