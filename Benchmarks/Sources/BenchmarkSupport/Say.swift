import Foundation

/// Writes a line at once: `print` would keep it back while the output is a pipe.
public func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
