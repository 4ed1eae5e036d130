/// The process has no file descriptor or no thread left.
package struct ResourceLimitError: Error {
    /// The problem, then advice.
    package let message: String
}
