import SpanlinkRuntime

/// Where new ids come from, if not from ``IDGenerator``: for tests that want reproducible ids, or ids with a meaning.
///
/// Called from any thread. The ids must be valid and, for the `random` flag to be true, uniformly random.
public protocol TraceIDSource: Sendable {
    /// The id of a new trace.
    func traceID() -> TraceID
    /// The id of a new span.
    func spanID() -> SpanID
}

/// The default source of random ids; safe on every thread, without a lock.
///
/// Each thread has a generator of its own, seeded once from the system: a system call for every id would cost more than
/// a whole span. The ids are unique and uniform, but not secret. A process that forks
/// without `exec` gives the ids of its parent's thread again.
public enum IDGenerator {
    /// A random valid id.
    public static func traceID() -> TraceID {
        guard let generator = ThreadGenerator.current else {
            var system = SystemRandomNumberGenerator()
            return traceID(from: &system)
        }
        return traceID(from: &generator.pointee)
    }

    /// A random valid id.
    public static func spanID() -> SpanID {
        guard let generator = ThreadGenerator.current else {
            var system = SystemRandomNumberGenerator()
            return spanID(from: &system)
        }
        return spanID(from: &generator.pointee)
    }

    @inline(__always)
    static func traceID(from generator: inout some RandomNumberGenerator) -> TraceID {
        while true {
            let id = TraceID(high: generator.next(), low: generator.next())
            if id.isValid { return id }
        }
    }

    @inline(__always)
    static func spanID(from generator: inout some RandomNumberGenerator) -> SpanID {
        while true {
            let id = SpanID(generator.next())
            if id.isValid { return id }
        }
    }
}

/// xoshiro256** (Blackman and Vigna, 2018): 256 bits of state, all output bits good.
struct Xoshiro256: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seededFrom source: inout some RandomNumberGenerator) {
        // An all-zero state would give zeros for ever.
        repeat {
            state = (source.next(), source.next(), source.next(), source.next())
        } while (state.0 | state.1 | state.2 | state.3) == 0
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        let scrambled = Self.rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return scrambled
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        (value &<< count) | (value &>> (64 &- count))
    }
}

/// The generator of the calling thread. The thread's slot owns its memory; the key's destructor frees it at thread end.
private enum ThreadGenerator {
    /// `nil` if the process has no key left.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, { free($0) }) == 0 ? key : nil
    }()

    /// Used and dropped within one synchronous call, hence never seen by another thread. `nil` if no slot can be had.
    @inline(__always)
    static var current: UnsafeMutablePointer<Xoshiro256>? {
        guard let key else { return nil }
        if let slot = pthread_getspecific(key) { return slot.assumingMemoryBound(to: Xoshiro256.self) }
        return make(key)
    }

    @inline(never)
    private static func make(_ key: pthread_key_t) -> UnsafeMutablePointer<Xoshiro256>? {
        var system = SystemRandomNumberGenerator()
        let generator = UnsafeMutablePointer<Xoshiro256>.allocate(capacity: 1)
        generator.initialize(to: Xoshiro256(seededFrom: &system))
        guard pthread_setspecific(key, generator) == 0 else {
            free(generator)
            return nil
        }
        return generator
    }

    /// `Xoshiro256` is trivial, so that its memory needs no deinitialization. The pointer is optional on some platforms.
    private static func free(_ slot: UnsafeMutableRawPointer?) { slot?.deallocate() }
}
