// `environ` is a global variable of C, which Swift cannot know to be safe: it is only read, and only here.
#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Telemetry {
    /// The environment variables of the process, as they are now.
    ///
    /// As with every reader of the environment, no other thread may change it meanwhile (`setenv`).
    public static var processEnvironment: [String: String] {
        #if canImport(Darwin)
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = _NSGetEnviron().pointee
        #else
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        #endif
        var variables: [String: String] = [:]
        while let entry = next?.pointee {
            let text = String(cString: entry)
            if let separator = text.firstIndex(of: "=") {
                variables[String(text[..<separator])] = String(text[text.index(after: separator)...])
            }
            next = next?.advanced(by: 1)
        }
        return variables
    }
}
