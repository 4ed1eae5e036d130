import TracingCore

/// The container (conventions, "Container").
enum ContainerDetection {
    static func attributes(of facts: SystemFacts) -> Attributes {
        let id =
            facts.file("/proc/self/cgroup").flatMap(id(inControlGroups:))
            ?? facts.file("/proc/self/mountinfo").flatMap(id(inMounts:))
        var attributes: Attributes = [:]
        attributes.set("container.id", ifPresent: id)
        return attributes
    }

    /// The id in `/proc/self/cgroup` of version 1: the last part of a path, such as `…/docker/<id>`,
    /// `…/cri-containerd-<id>.scope` or `…/crio-<id>`.
    static func id(inControlGroups text: String) -> String? {
        for line in text.split(separator: "\n") {
            guard let name = line.split(separator: "/").last, line.contains("/") else { continue }
            let base = name.hasSuffix(".scope") ? name.dropLast(6) : name
            // containerd without systemd writes `…:cri-containerd:<id>`.
            let parts = base.split { $0 == "-" || $0 == ":" }
            if let last = parts.last, isID(last) { return String(last) }
        }
        return nil
    }

    /// The id in `/proc/self/mountinfo`: a runtime mounts `hostname`, `hosts` and `resolv.conf` from a folder of the container,
    /// such as `/var/lib/docker/containers/<id>/hostname`. A folder of a pod's sandbox has another id and does not count.
    static func id(inMounts text: String) -> String? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].contains(fields[4]) else {
                continue
            }
            let folders = fields[3].split(separator: "/")
            for (folder, id) in zip(folders, folders.dropFirst()) where isID(id) {
                if folder == "containers" || folder == "overlay-containers" { return String(id) }
            }
        }
        return nil
    }

    private static func isID(_ text: Substring) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}

/// The pod, by environment variables that its manifest sets (conventions, "Kubernetes").
enum KubernetesDetection {
    private static let keys = [
        "k8s.pod.name", "k8s.pod.uid", "k8s.namespace.name", "k8s.node.name", "k8s.container.name",
        "k8s.deployment.name",
        "k8s.cluster.name",
    ]

    static func attributes(of facts: SystemFacts) -> Attributes {
        var attributes: Attributes = [:]
        for key in keys {
            let variable = key.uppercased().replacing(".", with: "_")
            attributes.set(key, ifPresent: facts.environment[variable]?.trimmingBlanks)
        }
        return attributes
    }
}
