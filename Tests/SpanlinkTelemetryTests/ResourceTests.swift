import Foundation
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore

@Suite struct ResourceTests {
    @Test func theProgramIsDescribed() throws {
        let attributes = try telemetry().resource.attributes
        #expect(attributes["service.name"] == "orders")
        #expect(attributes["telemetry.sdk.name"] == "spanlink" && attributes["telemetry.sdk.language"] == "swift")
        #expect(attributes["telemetry.sdk.version"] == .string(SpanlinkVersion.current))
        #expect(attributes["process.pid"] == .int(Int(ProcessInfo.processInfo.processIdentifier)))
        #expect(attributes["process.executable.name"] != nil)
        #expect(attributes["host.name"] == .string(ProcessInfo.processInfo.hostName) || attributes["host.name"] != nil)
        guard case .string(let id) = attributes["service.instance.id"] else { return #expect(Bool(false), "no id") }
        #expect(UUID(uuidString: id) != nil && id.dropFirst(14).first == "4")
        #expect(try telemetry().resource.attributes["service.instance.id"] != .string(id))
    }

    @Test func withoutANameTheExecutableGivesIt() throws {
        let attributes = try telemetry { $0.serviceName = nil }.resource.attributes
        guard case .string(let executable) = attributes["process.executable.name"] else {
            return #expect(Bool(false), "no executable")
        }
        #expect(attributes["service.name"] == .string("unknown_service:\(executable)"))
        #expect(!executable.contains("/"))
    }

    static let names: [([String: String], String?, AttributeValue)] = [
        ([:], "code", "code"),
        (["OTEL_SERVICE_NAME": ""], "code", "code"),
        (["OTEL_RESOURCE_ATTRIBUTES": "service.name=attribute"], "code", "attribute"),
        (["OTEL_RESOURCE_ATTRIBUTES": "service.name=attribute", "OTEL_SERVICE_NAME": "name"], "code", "name"),
        (["OTEL_SERVICE_NAME": "name"], nil, "name"),
    ]

    @Test(arguments: names)
    func theServiceNameHasAnOrder(environment: [String: String], code: String?, expected: AttributeValue) throws {
        #expect(try telemetry(environment) { $0.serviceName = code }.resource.attributes["service.name"] == expected)
    }

    static let attributes: [(String, Attributes?)] = [
        ("a=1,b=2", ["a": "1", "b": "2"]), (" a = 1 , b=2 ,", ["a": "1", "b": "2"]), ("a=", ["a": ""]),
        ("a=x%20y%2C%3D,k%2Fey=%C3%A4", ["a": "x y,=", "k/ey": "ä"]), ("a=b=c", ["a": "b=c"]), ("a=1,a=2", ["a": "2"]),
        ("a", nil), ("=1", nil), ("a=1,b", nil), ("a=%2", nil), ("a=%zz", nil), ("a=%C3", nil), ("a=%", nil),
    ]

    @Test(arguments: attributes)
    func attributesAreReadOrDiscardedAsAWhole(text: String, expected: Attributes?) throws {
        let log = RecordingLogSink()
        let telemetry = try telemetry(["OTEL_RESOURCE_ATTRIBUTES": text], log: log) {
            $0.resourceAttributes = ["a": "code", "only": "code"]
        }
        for attribute in expected ?? ["a": "code"] {
            #expect(telemetry.resource.attributes[attribute.key] == attribute.value)
        }
        #expect(telemetry.resource.attributes["only"] == "code")
        #expect(expected != nil || telemetry.resource.attributes["b"] == nil)
        #expect(log.entries.isEmpty == (expected != nil))
    }
}
