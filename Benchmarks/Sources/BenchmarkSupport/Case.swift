import Foundation

/// The figures of one case: nanoseconds a message of plain C and of Swift, measured in turns.
public struct Case {
    public let name: String
    private var c: [Double] = []
    private var swift: [Double] = []

    public init(name: String) { self.name = name }

    public mutating func add(c: Double, swift: Double) {
        self.c.append(c)
        self.swift.append(swift)
    }

    /// Medians, and the ratio of the two: the median of all rounds' and its range.
    public var line: String {
        let ratios = zip(swift, c).map(/).sorted()
        return String(
            format: "%@ C %5.0f ns   Spanlink %5.0f ns   %.2fx (%.2f-%.2f)",
            name.padding(toLength: 28, withPad: " ", startingAt: 0), median(c), median(swift), median(ratios),
            ratios[0], ratios[ratios.count - 1])
    }
}

public func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
