// swift-tools-version: 6.2.1
import PackageDescription

// The default build needs the toolchain and system C libraries alone. Each trait brings one integration with the Swift
// server packages; what only a disabled trait uses is never resolved.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "spanlink",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TracingCore", targets: ["TracingCore"]),
        .library(name: "TracedKafka", targets: ["TracedKafka"]),
        .library(name: "TracingTestKit", targets: ["TracingTestKit"]),
    ],
    targets: [
        .systemLibrary(
            name: "CLibrdkafka",
            pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]
        ),
        .target(name: "TracingCore", swiftSettings: settings),
        .target(name: "TracedKafka", dependencies: ["CLibrdkafka", "TracingCore"], swiftSettings: settings),
        .target(name: "TracingTestKit", dependencies: ["CLibrdkafka", "TracingCore"], swiftSettings: settings),
        // C11 threads on pthreads, for the thread sanitizer: linked into the tests alone.
        .target(name: "CThreadSanitizerShim", path: "Tests/CThreadSanitizerShim"),
        .testTarget(name: "TracingCoreTests", dependencies: ["TracingCore"], swiftSettings: settings),
        .testTarget(
            name: "TracedKafkaTests",
            dependencies: ["CLibrdkafka", "CThreadSanitizerShim", "TracedKafka", "TracingCore", "TracingTestKit"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
