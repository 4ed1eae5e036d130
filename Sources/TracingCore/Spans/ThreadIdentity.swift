import SpanlinkRuntime

/// Tells the threads of the process apart while they live.
struct ThreadIdentity: Sendable, Equatable {
    private let word: UInt

    /// The calling thread.
    static var current: ThreadIdentity { ThreadIdentity(word: UInt(bitPattern: Int(bitPattern: pointer))) }

    #if canImport(Glibc)
    private static var pointer: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: UInt(pthread_self())) }
    #else
    private static var pointer: UnsafeRawPointer? { unsafeBitCast(pthread_self(), to: UnsafeRawPointer?.self) }
    #endif
}
