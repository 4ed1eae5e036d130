import TracingCore

/// The machine (conventions, "Host").
enum HostDetection {
    static func attributes(of facts: SystemFacts) -> Attributes {
        var attributes: Attributes = [:]
        attributes.set("host.name", ifPresent: facts.hostName)
        attributes.set("host.id", ifPresent: machineID(facts))
        attributes.set("host.arch", ifPresent: facts.machine.map(architecture))
        return attributes
    }

    private static func machineID(_ facts: SystemFacts) -> String? {
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            // systemd writes the word while a machine starts for the first time.
            guard let text = facts.file(path) else { continue }
            let id = String(text.prefix { !$0.isWhitespace })
            if !id.isEmpty, id != "uninitialized" { return id }
        }
        return nil
    }

    /// The conventions' name of an architecture; an unknown one keeps its own.
    static func architecture(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64", "arm64": "arm64"
        case "i386", "i486", "i586", "i686": "x86"
        case "ppc64le", "ppc64": "ppc64"
        case let name where name.hasPrefix("armv"): "arm32"
        default: machine
        }
    }
}

/// The operating system (conventions, "OS").
enum OSDetection {
    static func attributes(of facts: SystemFacts) -> Attributes {
        let release = (facts.file("/etc/os-release") ?? facts.file("/usr/lib/os-release")).map(fields) ?? [:]
        var attributes: Attributes = [:]
        attributes.set("os.type", ifPresent: facts.kernel?.name.lowercased())
        attributes.set("os.name", ifPresent: release["NAME"])
        attributes.set("os.version", ifPresent: release["VERSION_ID"] ?? facts.kernel?.release)
        attributes.set(
            "os.description", ifPresent: release["PRETTY_NAME"] ?? facts.kernel.map { "\($0.name) \($0.release)" })
        return attributes
    }

    /// The variables of an os-release file: `NAME=value` lines, a value perhaps in quotes with backslashes (os-release(5)).
    static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            fields[parts[0].trimmingBlanks] = unquoted(parts[1].trimmingBlanks)
        }
        return fields
    }

    private static func unquoted(_ text: String) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'", text.count > 1, text.last == quote else {
            return text
        }
        var result = ""
        var rest = text.dropFirst().dropLast()[...]
        while let character = rest.popFirst() {
            result.append(character == "\\" && quote == "\"" ? rest.popFirst() ?? character : character)
        }
        return result
    }
}
