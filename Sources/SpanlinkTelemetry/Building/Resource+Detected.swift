import TracingCore

extension Resource {
    /// The facts about the program: the SDK, a service name to fall back to, and those of the detectors (resource SDK).
    static func detected(by detectors: [Telemetry.ResourceDetector], in facts: SystemFacts) -> Resource {
        let executable = ProcessDetection.executableName(facts)
        var attributes: Attributes = [
            "service.name": .string(executable.isEmpty ? "unknown_service" : "unknown_service:\(executable)"),
            "telemetry.sdk.name": "spanlink",
            "telemetry.sdk.language": "swift",
            "telemetry.sdk.version": .string(SpanlinkVersion.current),
        ]
        for detector in detectors { attributes.merge(detector.attributes(of: facts)) }
        return Resource(attributes: attributes)
    }
}
