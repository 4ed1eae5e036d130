import SpanlinkRuntime

/// The terminal.
enum Console {
    /// Whether standard output is a terminal that shows colours.
    static var isTerminal: Bool { isatty(1) == 1 && getenv("NO_COLOR") == nil }

    /// A line that is seen at once, also where standard output is a pipe.
    static func say(_ text: String) {
        print(text)
        fflush(nil)
    }

    static func error(_ text: String) {
        _ = Array((text + "\n").utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    static func exit(_ code: Int32) -> Never {
        fflush(nil)
        SystemCall.exit(code)
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
