import TracingCore

/// The process and its runtime (conventions, "Process", "Process runtime").
enum ProcessDetection {
    static func attributes(of facts: SystemFacts) -> Attributes {
        var attributes: Attributes = ["process.pid": .int(facts.processID)]
        attributes.set("process.executable.name", ifPresent: executableName(facts))
        attributes.set("process.executable.path", ifPresent: facts.executablePath)
        attributes.set("process.owner", ifPresent: facts.owner)
        attributes["process.runtime.name"] = "swift"
        attributes["process.runtime.version"] = .string(swiftVersion)
        return attributes
    }

    /// The last part of the command's path; empty without a command.
    static func executableName(_ facts: SystemFacts) -> String {
        facts.command.split(separator: "/").last.map(String.init) ?? ""
    }

    /// The version of the compiler, whose runtime library is linked.
    private static var swiftVersion: String {
        #if compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
