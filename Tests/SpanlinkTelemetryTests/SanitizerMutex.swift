#if THREAD_SANITIZER
internal import TracingCore

typealias Mutex<Value: ~Copyable> = TracingCore.Mutex<Value>
#endif
