import SpanlinkRuntime

extension Telemetry {
    /// The environment variables of the process, as they are now.
    ///
    /// As with every reader of the environment, no other thread may change it meanwhile (`setenv`).
    public static var processEnvironment: [String: String] {
        var next = SystemCall.environment
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
