/// A mistake in a configuration file, with its line, from 1.
///
/// The message names keys and variables. It contains no value: values may be secrets.
struct ConfigurationFileMistake: Error, Equatable {
    let line: Int
    let message: String

    init(_ line: Int, _ message: String) {
        self.line = line
        self.message = message
    }
}
