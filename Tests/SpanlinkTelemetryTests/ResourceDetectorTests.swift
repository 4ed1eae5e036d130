import Testing
import TracingCore

@testable import SpanlinkTelemetry

@Suite struct ResourceDetectorTests {
    private static let id = String(repeating: "0123456789abcdef", count: 4)
    private static let sandbox = String(repeating: "fedcba9876543210", count: 4)

    private func facts(_ files: [String: String] = [:], _ environment: [String: String] = [:]) -> SystemFacts {
        SystemFacts(
            hostName: "box", machine: "x86_64", kernel: ("Linux", "6.1.0"), processID: 7, command: "/usr/bin/shop",
            executablePath: "/opt/shop", owner: "web", environment: environment, file: { files[$0] })
    }

    private func found(_ detector: Telemetry.ResourceDetector, _ facts: SystemFacts) -> Attributes {
        detector.attributes(of: facts)
    }

    @Test func hostHasNameIdentityAndArchitecture() {
        let all: Attributes = ["host.name": "box", "host.id": "abc", "host.arch": "amd64"]
        #expect(found(.host, facts(["/etc/machine-id": "abc\n"])) == all)
        #expect(found(.host, facts(["/etc/machine-id": "\n", "/var/lib/dbus/machine-id": "abc\n"])) == all)
        #expect(found(.host, facts(["/etc/machine-id": "uninitialized\n"]))["host.id"] == nil)
    }

    @Test(arguments: [
        ("x86_64", "amd64"), ("aarch64", "arm64"), ("armv7l", "arm32"), ("i686", "x86"), ("ppc64le", "ppc64"),
        ("s390x", "s390x"), ("riscv64", "riscv64"),
    ])
    func architectureHasTheConventionsName(machine: String, expected: String) {
        #expect(HostDetection.architecture(machine) == expected)
    }

    @Test func systemIsThatOfItsReleaseFile() {
        let file = "# comment\nPRETTY_NAME=\"Debian \\\"12\\\"\"\nNAME='Debian'\nVERSION_ID=12\nBAD\n"
        #expect(
            found(.os, facts(["/etc/os-release": file]))
                == ["os.type": "linux", "os.name": "Debian", "os.version": "12", "os.description": "Debian \"12\""])
        #expect(
            found(.os, facts())
                == ["os.type": "linux", "os.version": "6.1.0", "os.description": "Linux 6.1.0"])
    }

    @Test func processHasNoArguments() {
        let attributes = found(.process, facts())
        #expect(
            Set(attributes.map(\.key)) == [
                "process.pid", "process.executable.name", "process.executable.path", "process.owner",
                "process.runtime.name", "process.runtime.version",
            ])
        #expect(attributes["process.pid"] == 7 && attributes["process.executable.name"] == "shop")
    }

    @Test(arguments: [
        "1:name=systemd:/docker/\(id)", "4:cpu:/x\n3:memory:/system.slice/docker-\(id).scope",
        "1:name=systemd:/kubepods.slice/kubepods-pod1_2.slice/cri-containerd-\(id).scope",
        "1:cpu:/kubepods/besteffort/pod1/\(id)",
        "0::/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:\(id)",
        "1:cpu:/machine.slice/libpod-\(id).scope", "1:cpu:/kubepods/crio-\(id)",
    ])
    func containerIsThatOfItsControlGroup(text: String) {
        #expect(found(.container, facts(["/proc/self/cgroup": text])) == ["container.id": .string(Self.id)])
    }

    @Test(arguments: [
        "/var/lib/docker/containers/\(id)/hostname", "/x/containers/storage/overlay-containers/\(id)/userdata/hostname",
    ])
    func containerIsThatOfItsMounts(root: String) {
        let mounts =
            "609 597 0:38 / / rw - overlay overlay rw\n633 609 254:1 \(root) /etc/hostname rw,relatime - ext4 /dev/x rw\n"
        let files = ["/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": mounts]
        #expect(found(.container, facts(files)) == ["container.id": .string(Self.id)])
    }

    @Test(arguments: [
        ("0::/user.slice/user-1000.slice/session-1.scope", ""), ("1:cpu:/docker/\(id.dropLast())", ""),
        (
            "0::/",
            "633 609 254:1 /io.containerd.grpc.v1.cri/sandboxes/\(sandbox)/hostname /etc/hostname rw - ext4 /dev/x rw"
        ),
        ("0::/", "633 609 254:1 /containers/\(sandbox)/data /data rw - ext4 /dev/x rw"), ("", ""), (":::", " "),
    ])
    func otherProcessesHaveNoContainer(groups: String, mounts: String) {
        let files = ["/proc/self/cgroup": groups, "/proc/self/mountinfo": mounts]
        #expect(found(.container, facts(files)).isEmpty)
        #expect(found(.container, facts()).isEmpty)
    }

    @Test func podIsThatOfTheVariables() {
        let variables = ["K8S_POD_NAME": "p-1", "K8S_NAMESPACE_NAME": " shop ", "K8S_NODE_NAME": "", "POD_NAME": "x"]
        #expect(found(.kubernetes, facts([:], variables)) == ["k8s.pod.name": "p-1", "k8s.namespace.name": "shop"])
    }

    @Test func detectorsAreChosenByName() {
        #expect(Telemetry.ResourceDetector.all.allSatisfy { Telemetry.ResourceDetector(name: "\($0)") == $0 })
        #expect(Telemetry.ResourceDetector(name: "cloud") == nil)
        let resource = Resource.detected(by: [.host], in: facts())
        #expect(resource.attributes["host.name"] == "box" && resource.attributes["process.pid"] == nil)
        #expect(resource.attributes["service.name"] == "unknown_service:shop")
        #expect(resource.attributes["service.instance.id"] == nil)
    }

    @Test func factsOfThisProcessAreRead() {
        let facts = SystemFacts.current(environment: ["A": "b"])
        #expect(facts.hostName?.isEmpty == false && facts.machine?.isEmpty == false)
        #expect(facts.executablePath?.hasPrefix("/") == true && facts.environment == ["A": "b"])
        #expect(facts.file("/proc/self/cgroup") != nil && facts.file("/no/such/file") == nil)
    }
}
