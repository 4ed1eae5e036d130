// The C library of the platform, for all modules of the package: no other file names it.
#if canImport(Glibc)
@_exported @preconcurrency public import Glibc
#elseif canImport(Musl)
@_exported @preconcurrency public import Musl
#elseif canImport(Darwin)
@_exported public import Darwin
#endif

/// System calls under names that no method of a caller hides: inside a method `close()`, a bare `close(fd)` means the
/// method.
///
/// Results and `errno` are those of the C functions; no call is repeated after `EINTR`.
package enum SystemCall {
    package static func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { openFile(path, flags, mode) }

    package static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        writeBytes(descriptor, bytes)
    }

    package static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        readBytes(descriptor, bytes)
    }

    @discardableResult
    package static func close(_ descriptor: Int32) -> Int32 { closeDescriptor(descriptor) }

    package static func exit(_ code: Int32) -> Never { endProcess(code) }

    /// The environment of the process: C strings `NAME=value`, the last one followed by a null pointer.
    ///
    /// `environ` is a global variable of C, which Swift cannot know to be safe. Only this property reads it; no other thread
    /// may change the environment (`setenv`) during the read.
    package static var environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        #if canImport(Darwin)
        _NSGetEnviron().pointee
        #else
        environ
        #endif
    }
}

// Outside of the type, where the names are those of the C library.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
private func readBytes(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, bytes.baseAddress, bytes.count)
}
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func endProcess(_ code: Int32) -> Never { exit(code) }

/// A function that runs when a signal arrives; `SIG_DFL` and `SIG_IGN` stand for the default action and for none.
package typealias SignalHandler = @convention(c) (Int32) -> Void

extension sigaction {
    #if canImport(Darwin)
    package var handler: SignalHandler? {
        get { __sigaction_u.__sa_handler }
        set { __sigaction_u.__sa_handler = newValue }
    }
    #elseif canImport(Musl)
    package var handler: SignalHandler? {
        get { __sa_handler.sa_handler }
        set { __sa_handler.sa_handler = newValue }
    }
    #else
    package var handler: SignalHandler? {
        get { __sigaction_handler.sa_handler }
        set { __sigaction_handler.sa_handler = newValue }
    }
    #endif
}
