import TracingCore

/// The value of `Retry-After` in both forms (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// How long to wait; `nil` for what is neither. A date that has passed is no wait.
    static func delay(_ value: String, now: Timestamp) -> Duration? {
        let text = value.drop { $0 == " " || $0 == "\t" }
        let trimmed = text.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
        let word = String(trimmed)
        if !word.isEmpty, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More digits than a number has are a very long time all the same.
            return .seconds(min(Int64(word) ?? .max, longest))
        }
        guard let date = HTTPDate.secondsSinceEpoch(word) else { return nil }
        // A time stamp does not reach as far as a date of HTTP does.
        guard date <= Int64(now.nanosecondsSinceEpoch / 1_000_000_000) + longest else { return .seconds(longest) }
        let left = Timestamp(nanosecondsSinceEpoch: 0).advanced(by: .seconds(date))
        return max(.zero, now.duration(to: left))
    }

    /// A year: beyond any deadline, and far from an overflow.
    private static let longest: Int64 = 366 * 86_400
}

/// Dates of HTTP (RFC 9110, section 5.6.7): the form that is sent today and the two that must be understood.
enum HTTPDate {
    /// Seconds since 1970 in UTC; `nil` for what is no such date.
    static func secondsSinceEpoch(_ text: String) -> Int64? {
        let parts = text.split { $0 == " " || $0 == "," }.map(String.init)
        // Sun, 06 Nov 1994 08:49:37 GMT
        if parts.count == 6, parts[5] == "GMT" { return seconds(parts[1], parts[2], Int(parts[3]), parts[4]) }
        // Sunday, 06-Nov-94 08:49:37 GMT
        if parts.count == 4, parts[3] == "GMT" {
            let date = parts[1].split(separator: "-").map(String.init)
            guard date.count == 3, let year = Int(date[2]), year < 100 else { return nil }
            return seconds(date[0], date[1], year + (year < 70 ? 2000 : 1900), parts[2])
        }
        // Sun Nov  6 08:49:37 1994
        if parts.count == 5 { return seconds(parts[2], parts[1], Int(parts[4]), parts[3]) }
        return nil
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func seconds(_ day: String, _ month: String, _ year: Int?, _ time: String) -> Int64? {
        guard let day = Int(day), (1...31).contains(day), let month = months.firstIndex(of: month), let year,
            (1970...9999).contains(year)
        else { return nil }
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
        return Int64(days(year, month + 1, day) * 86_400 + seconds)
    }

    /// Days since 1970-01-01 in the Gregorian calendar: years begin in March here, so that a leap day is a year's last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = year.quotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
