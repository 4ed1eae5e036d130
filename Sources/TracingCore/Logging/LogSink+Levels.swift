/// Shorthands for the library's own entries. An entry below the sink's level is not formatted.
///
/// Not public: swift-log's `Logger` becomes a sink by trait and has methods of these names.
extension LogSink {
    @inlinable
    package func log(
        at level: LogLevel, _ message: () -> String, metadata: () -> [(key: String, value: String)]
    ) {
        if level >= self.level { log(level, message(), metadata: metadata()) }
    }

    @inlinable
    package func debug(
        _ message: @autoclosure () -> String, metadata: @autoclosure () -> [(key: String, value: String)] = []
    ) {
        log(at: .debug, message, metadata: metadata)
    }

    @inlinable
    package func info(
        _ message: @autoclosure () -> String, metadata: @autoclosure () -> [(key: String, value: String)] = []
    ) {
        log(at: .info, message, metadata: metadata)
    }

    @inlinable
    package func notice(
        _ message: @autoclosure () -> String, metadata: @autoclosure () -> [(key: String, value: String)] = []
    ) {
        log(at: .notice, message, metadata: metadata)
    }

    @inlinable
    package func warning(
        _ message: @autoclosure () -> String, metadata: @autoclosure () -> [(key: String, value: String)] = []
    ) {
        log(at: .warning, message, metadata: metadata)
    }

    @inlinable
    package func error(
        _ message: @autoclosure () -> String, metadata: @autoclosure () -> [(key: String, value: String)] = []
    ) {
        log(at: .error, message, metadata: metadata)
    }
}
