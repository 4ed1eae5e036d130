import TracingCore

extension Telemetry {
    /// A source of resource attributes that start-up reads once (OpenTelemetry resource SDK, "Detecting resource information
    /// from the environment"). Attributes that cannot be read are left out.
    public struct ResourceDetector: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, CaseIterable {
            case service, host, os, process, container, kubernetes
        }

        private let kind: Kind

        /// `service.instance.id`, a random UUID that differs in each run.
        public static let service = ResourceDetector(kind: .service)
        /// `host.name`, `host.arch`, and `host.id` of `/etc/machine-id`.
        public static let host = ResourceDetector(kind: .host)
        /// `os.type`, and of `/etc/os-release` `os.name`, `os.version` and `os.description`.
        public static let os = ResourceDetector(kind: .os)
        /// `process.pid`, `process.executable.name` and `.path`, `process.owner`, `process.runtime.name` and `.version`. Never
        /// the arguments, which may hold secrets.
        public static let process = ResourceDetector(kind: .process)
        /// `container.id` by the process's control group (version 1) or mounts (version 2) under Docker, containerd, CRI-O and
        /// Podman.
        public static let container = ResourceDetector(kind: .container)
        /// `k8s.pod.name`, `k8s.pod.uid`, `k8s.namespace.name`, `k8s.node.name`, `k8s.container.name`, `k8s.deployment.name` and
        /// `k8s.cluster.name` of environment variables of the same names, such as `K8S_POD_NAME`. A pod's manifest sets them by
        /// the downward API (`fieldRef: metadata.name`).
        public static let kubernetes = ResourceDetector(kind: .kubernetes)

        /// All detectors.
        public static let all: [ResourceDetector] = Kind.allCases.map { ResourceDetector(kind: $0) }

        private init(kind: Kind) { self.kind = kind }

        /// The detector of that name in a configuration file: `service`, `host`, `os`, `process`, `container` or `kubernetes`.
        ///
        /// - Returns: `nil` for another name.
        public init?(name: String) {
            guard let kind = Kind(rawValue: name) else { return nil }
            self.init(kind: kind)
        }

        /// The name in a configuration file.
        public var description: String { kind.rawValue }

        /// The attributes that the detector finds in `facts`.
        func attributes(of facts: SystemFacts) -> Attributes {
            switch kind {
            case .service: ["service.instance.id": .string(RandomUUID.next())]
            case .host: HostDetection.attributes(of: facts)
            case .os: OSDetection.attributes(of: facts)
            case .process: ProcessDetection.attributes(of: facts)
            case .container: ContainerDetection.attributes(of: facts)
            case .kubernetes: KubernetesDetection.attributes(of: facts)
            }
        }
    }
}

extension Attributes {
    /// Sets a text unless it is absent or empty.
    mutating func set(_ key: String, ifPresent text: String?) {
        if let text, !text.isEmpty { self[key] = .string(text) }
    }
}
