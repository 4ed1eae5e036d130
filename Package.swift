// swift-tools-version: 6.2.1
import PackageDescription

// The default build needs the toolchain and system C libraries alone. Each trait brings one integration with the Swift
// server packages; what only a disabled trait uses is never resolved.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A product of a Swift package, for the trait alone that brings it.
func distributedTracing(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-distributed-tracing", condition: .when(traits: ["DistributedTracing"]))
}
func serviceLifecycle(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-service-lifecycle", condition: .when(traits: ["ServiceLifecycle"]))
}
func swiftLog(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-log", condition: .when(traits: ["SwiftLog"]))
}
func swiftMetrics(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-metrics", condition: .when(traits: ["SwiftMetrics"]))
}

let package = Package(
    name: "spanlink",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TracingCore", targets: ["TracingCore"]),
        .library(name: "OTLPFormat", targets: ["OTLPFormat"]),
        .library(name: "OTLPExporter", targets: ["OTLPExporter"]),
        .library(name: "SpanlinkTelemetry", targets: ["SpanlinkTelemetry"]),
        .library(name: "MessagingTracing", targets: ["MessagingTracing"]),
        .library(name: "TracedKafka", targets: ["TracedKafka"]),
        .library(name: "TracedAMQP", targets: ["TracedAMQP"]),
        .library(name: "DistributedTracingBridge", targets: ["DistributedTracingBridge"]),
        .library(name: "TraceReport", targets: ["TraceReport"]),
        .library(name: "TracingTestKit", targets: ["TracingTestKit"]),
        .executable(name: "spanlink", targets: ["spanlink"]),
    ],
    traits: [
        .trait(
            name: "DistributedTracing",
            description: "One active context with swift-distributed-tracing, and a bridge to it in both directions."),
        .trait(
            name: "ServiceLifecycle",
            description: "Clients and telemetry as services of swift-service-lifecycle, with graceful shutdown."),
        .trait(name: "SwiftLog", description: "A swift-log Logger as a log sink, and trace ids in its entries."),
        .trait(name: "SwiftMetrics", description: "Measurements go to the service's swift-metrics backend too."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.3.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibrdkafka",
            pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]
        ),
        .systemLibrary(
            name: "CLibcurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        .systemLibrary(
            name: "CLibyaml",
            pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]
        ),
        .systemLibrary(name: "CSystemCalls"),
        // Locks, threads, clocks: for the other modules alone, hence no product.
        .target(name: "SpanlinkRuntime", dependencies: ["CSystemCalls"], swiftSettings: settings),
        .target(
            name: "TracingCore",
            dependencies: [
                "SpanlinkRuntime",
                distributedTracing("Tracing"), serviceLifecycle("ServiceLifecycle"), swiftLog("Logging"),
                swiftMetrics("CoreMetrics"),
            ],
            swiftSettings: settings),
        .target(name: "OTLPFormat", dependencies: ["SpanlinkRuntime", "TracingCore"], swiftSettings: settings),
        .target(
            name: "OTLPExporter", dependencies: ["CLibcurl", "CZlib", "OTLPFormat", "SpanlinkRuntime", "TracingCore"],
            swiftSettings: settings),
        .target(
            name: "SpanlinkTelemetry",
            dependencies: [
                .target(name: "DistributedTracingBridge", condition: .when(traits: ["DistributedTracing"])),
                "CLibyaml", "OTLPExporter", "OTLPFormat", "SpanlinkRuntime", "TracingCore",
                serviceLifecycle("ServiceLifecycle"),
            ],
            swiftSettings: settings),
        .target(name: "MessagingTracing", dependencies: ["SpanlinkRuntime", "TracingCore"], swiftSettings: settings),
        .target(
            name: "TracedKafka",
            dependencies: [
                "CLibrdkafka", "MessagingTracing", "SpanlinkRuntime", "TracingCore",
                serviceLifecycle("ServiceLifecycle"),
            ],
            swiftSettings: settings),
        .systemLibrary(
            name: "CLibrabbitmq",
            pkgConfig: "librabbitmq",
            providers: [.apt(["librabbitmq-dev"]), .brew(["rabbitmq-c"])]
        ),
        .target(
            name: "TracedAMQP",
            dependencies: [
                "CLibrabbitmq", "MessagingTracing", "SpanlinkRuntime", "TracingCore",
                serviceLifecycle("ServiceLifecycle"),
            ],
            swiftSettings: settings),
        .target(name: "TraceReport", dependencies: ["MessagingTracing", "TracingCore"], swiftSettings: settings),
        .target(
            name: "TracingTestKit", dependencies: ["CLibrdkafka", "SpanlinkRuntime", "TracingCore"],
            swiftSettings: settings),
        .executableTarget(
            name: "spanlink",
            dependencies: [
                "MessagingTracing", "OTLPExporter", "OTLPFormat", "SpanlinkRuntime", "TraceReport", "TracedAMQP",
                "TracedKafka", "TracingCore", "TracingTestKit",
            ],
            swiftSettings: settings),

        .target(
            name: "DistributedTracingBridge",
            dependencies: ["SpanlinkRuntime", "TracingCore", distributedTracing("Tracing")],
            swiftSettings: settings),

        .target(name: "CMallocCounter", path: "Tests/CMallocCounter"),
        .target(name: "CSpawn", path: "Tests/CSpawn"),
        // C11 threads on pthreads, for the thread sanitizer: linked into the tests alone.
        .target(name: "CThreadSanitizerShim", path: "Tests/CThreadSanitizerShim"),
        .target(
            name: "TestSupport", dependencies: ["CSpawn", "OTLPFormat", "SpanlinkRuntime", "TracingCore"],
            path: "Tests/TestSupport",
            exclude: ["OTLP/certificate.py", "OTLP/scripted_grpc.py", "OTLP/scripted_sink.py"], swiftSettings: settings),
        .testTarget(
            name: "SpanlinkRuntimeTests", dependencies: ["SpanlinkRuntime", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "TracingCoreTests",
            dependencies: [
                "SpanlinkRuntime", "TracingCore", "TestSupport", "CMallocCounter", "TerminationProbe",
                swiftLog("Logging"),
                swiftMetrics("CoreMetrics"), swiftMetrics("MetricsTestKit"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "TerminationProbe", dependencies: ["SpanlinkRuntime", "TracingCore"], path: "Tests/TerminationProbe",
            swiftSettings: settings),
        .testTarget(name: "DocumentationTests", swiftSettings: settings),
        .testTarget(
            name: "SpanlinkTests", dependencies: ["spanlink", "TestSupport", "TraceReport", "TracingCore"],
            swiftSettings: settings),
        .testTarget(
            name: "TraceReportTests", dependencies: ["TraceReport", "TracingCore", "TracingTestKit"],
            swiftSettings: settings),
        .testTarget(
            name: "TracingTestKitTests", dependencies: ["TracingCore", "TracingTestKit"], swiftSettings: settings),
        .testTarget(
            name: "OTLPFormatTests",
            dependencies: ["CMallocCounter", "OTLPFormat", "SpanlinkRuntime", "TestSupport", "TracingCore"],
            exclude: ["Support/check_protobuf.py"], swiftSettings: settings),
        .testTarget(
            name: "OTLPExporterTests",
            dependencies: [
                "CZlib", "OTLPExporter", "OTLPFormat", "SpanlinkRuntime", "SpanlinkTelemetry", "TracedKafka",
                "TracingCore", "TracingTestKit", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SpanlinkTelemetryTests",
            dependencies: [
                "OTLPExporter", "OutputProbe", "SpanlinkRuntime", "SpanlinkTelemetry", "TracingCore", "TestSupport",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "OutputProbe", dependencies: ["SpanlinkRuntime", "SpanlinkTelemetry", "TracingCore"],
            path: "Tests/OutputProbe",
            swiftSettings: settings),
        .testTarget(
            name: "DistributedTracingBridgeTests",
            dependencies: [
                "DistributedTracingBridge", "MessagingTracing", "SpanlinkRuntime", "SpanlinkTelemetry", "TracedKafka",
                "TracingCore",
                distributedTracing("InMemoryTracing"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MessagingTracingTests",
            dependencies: ["CMallocCounter", "MessagingTracing", "SpanlinkRuntime", "TestSupport", "TracingCore"],
            swiftSettings: settings),
        .testTarget(
            name: "TracedKafkaTests",
            dependencies: [
                "CLibrdkafka", "CThreadSanitizerShim", "DistributedTracingBridge", "MessagingTracing",
                "SpanlinkRuntime", "SpanlinkTelemetry",
                "TestSupport", "TracedKafka", "TracingCore", "TracingTestKit", distributedTracing("InMemoryTracing"),
                serviceLifecycle("ServiceLifecycle"), serviceLifecycle("UnixSignals"), swiftLog("Logging"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TracedAMQPTests",
            dependencies: [
                "CLibrabbitmq", "MessagingTracing", "SpanlinkRuntime", "TestSupport", "TracedAMQP", "TracingCore",
            ],
            exclude: ["Interoperability/pika_peer.py"], swiftSettings: settings),
        .testTarget(
            name: "ContainerTests",
            dependencies: ["SpanlinkTelemetry", "TestSupport", "TracedAMQP", "TracedKafka", "TracingCore"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
