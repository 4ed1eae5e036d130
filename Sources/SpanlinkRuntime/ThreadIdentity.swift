/// Tells the threads of the process apart while they live.
package struct ThreadIdentity: Sendable, Equatable {
    /// A number that no two living threads share.
    package let word: UInt

    /// The calling thread.
    package static var current: ThreadIdentity { ThreadIdentity(word: UInt(bitPattern: Int(bitPattern: pointer))) }

    #if canImport(Glibc)
    private static var pointer: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: UInt(pthread_self())) }
    #else
    private static var pointer: UnsafeRawPointer? { unsafeBitCast(pthread_self(), to: UnsafeRawPointer?.self) }
    #endif
}
