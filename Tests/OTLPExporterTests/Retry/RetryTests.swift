import Testing
import TracingCore

@testable import OTLPExporter

@Suite struct RetryTests {
    /// Sunday, 6 November 1994, 08:49:37 UTC, the RFC's own example.
    private static let example: Int64 = 784_111_777

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", example), ("Sunday, 06-Nov-94 08:49:37 GMT", example),
            ("Sun Nov  6 08:49:37 1994", example), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 31 Dec 2100 00:00:00 GMT", 4_133_894_400), ("Saturday, 21-Nov-26 15:00:00 GMT", 1_795_273_200),
            ("", nil), ("soon", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 32 Nov 1994 08:49:37 GMT", nil),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil), ("Sun, 06 Nov 1894 08:49:37 GMT", nil),
        ] as [(String, Int64?)])
    func datesOfHTTP(text: String, seconds: Int64?) { #expect(HTTPDate.secondsSinceEpoch(text) == seconds) }

    @Test(
        arguments: [
            ("0", .zero), ("120", .seconds(120)), (" 7 ", .seconds(7)),
            ("99999999999999999999", .seconds(366 * 86_400)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)), ("Sun, 06 Nov 1994 08:49:07 GMT", .zero),
            ("Fri, 31 Dec 1999 23:59:59 GMT", .seconds(366 * 86_400)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", .seconds(366 * 86_400)), ("-1", nil),
            ("1.5", nil), ("", nil), ("later", nil),
        ] as [(String, Duration?)])
    func retryAfterInBothForms(value: String, delay: Duration?) {
        let now = Timestamp(nanosecondsSinceEpoch: UInt64(Self.example) * 1_000_000_000)
        #expect(RetryAfter.delay(value, now: now) == delay)
    }

    // MARK: Attempts

    private let now = ContinuousClock.now

    private func next(
        _ attempts: inout ExportAttempts, _ result: HTTPResult, left: Duration = .seconds(60), isLast: Bool = false,
        jitter: Double = 0
    ) -> ExportAttempts.Action {
        attempts.next(
            after: ExportReply(http: result, wallClock: Timestamp(nanosecondsSinceEpoch: 0)), now: now,
            deadline: now + left, isLast: isLast, jitter: jitter)
    }

    private func response(_ status: Int, _ retryAfter: String? = nil) -> HTTPResult {
        .response(HTTPResponse(status: status, fields: retryAfter.map { [.retryAfter: $0] } ?? [:]))
    }

    @Test func backOffGrowsToItsLimit() {
        var attempts = ExportAttempts(policy: RetryPolicy())
        let waits: [Duration] = [.seconds(1), .seconds(1.5), .seconds(2.25), .seconds(3.375), .seconds(5), .seconds(5)]
        for wait in waits {
            #expect(next(&attempts, response(503)) == .retry(at: now + wait, isOrdered: false))
        }
        #expect(attempts.count == waits.count)
    }

    @Test func jitterMakesItLongerAndShorter() {
        for (jitter, wait) in [(-1.0, 0.8), (1, 1.2), (0.5, 1.1)] {
            var attempts = ExportAttempts(policy: RetryPolicy())
            guard case .retry(let time, false) = next(&attempts, response(429), jitter: jitter) else {
                Issue.record("no retry")
                continue
            }
            #expect(abs(now.duration(to: time) / .seconds(1) - wait) < 1e-6)
        }
    }

    @Test(arguments: 100...599) func eachStatusByTheSpecification(status: Int) {
        var attempts = ExportAttempts(policy: RetryPolicy())
        switch next(&attempts, response(status)) {
        case .succeed: #expect((200..<300).contains(status))
        case .retry: #expect([429, 502, 503, 504].contains(status))
        case .halve: #expect(status == 413)
        case .drop(let failure): #expect(failure.type == "\(status)" && ![413, 429, 502, 503, 504].contains(status))
        }
    }

    @Test func theServersWordCounts() {
        var attempts = ExportAttempts(policy: RetryPolicy())
        #expect(next(&attempts, response(503, "7")) == .retry(at: now + .seconds(7), isOrdered: true))
        #expect(
            next(&attempts, response(429, "Thu, 01 Jan 1970 00:00:09 GMT"))
                == .retry(at: now + .seconds(9), isOrdered: true))
        // What makes no sense is as nothing; of what it does not retry it does not matter.
        #expect(next(&attempts, response(503, "soon")) == .retry(at: now + .seconds(2.25), isOrdered: false))
        guard case .drop = next(&attempts, response(500, "1")) else { return #expect(Bool(false), "500 is final") }
    }

    @Test func nothingIsTriedAfterTheDeadlineOrAtTheEnd() {
        for (left, isLast) in [(Duration.seconds(1), false), (.seconds(60), true)] {
            var attempts = ExportAttempts(policy: RetryPolicy())
            guard case .drop(let failure) = next(&attempts, response(503), left: left, isLast: isLast) else {
                return #expect(Bool(false), "no time for another attempt")
            }
            #expect(failure.type == "503")
        }
        var attempts = ExportAttempts(policy: RetryPolicy())
        guard case .drop = next(&attempts, response(503, "100")) else { return #expect(Bool(false), "too late") }
    }

    @Test func connectionsAreMadeAgainAndOtherFailuresAreFinal() {
        let lost = HTTPFailure(type: "connection_lost", message: "", isConnectionFailure: true)
        var attempts = ExportAttempts(policy: RetryPolicy())
        #expect(next(&attempts, .failed(lost)) == .retry(at: now + .seconds(1), isOrdered: false))
        for failure in [HTTPFailure.timeout, .responseTooLarge, .internalError, HTTPFailure(type: "tls", message: "")] {
            guard case .drop(let dropped) = next(&attempts, .failed(failure)) else {
                return #expect(Bool(false), "\(failure) is final")
            }
            #expect(dropped.type == failure.type)
        }
    }

    @Test func aLargeRequestWhoseStreamIsResetTwiceIsHalved() {
        let reset = HTTPResult.failed(
            HTTPFailure(type: HTTPFailure.streamResetType, message: "", isConnectionFailure: true))
        let lost = HTTPResult.failed(HTTPFailure(type: "connection_lost", message: "", isConnectionFailure: true))
        for (results, isLarge) in [([reset, reset], true), ([reset, lost, reset], true), ([reset, reset], false)] {
            var attempts = ExportAttempts(policy: RetryPolicy(), resetMeansTooLarge: isLarge)
            let actions = results.map { next(&attempts, $0) }
            let isHalved = actions.last == .halve(ExportFailure(type: HTTPFailure.streamResetType, message: ""))
            #expect(isHalved == (isLarge && results.count == 2))
        }
    }

    @Test func theAdviceOutlivesATimeout() {
        var attempts = ExportAttempts(policy: RetryPolicy())
        _ = next(
            &attempts,
            .failed(HTTPFailure(type: "connection_lost", message: "", isConnectionFailure: true, advice: "Check it")))
        let expected = ExportFailure(type: "timeout", message: "no answer in time", advice: "Check it")
        #expect(next(&attempts, .failed(.timeout)) == .drop(expected))
    }

    // MARK: Answers

    @Test(
        arguments: [
            ([], 0, ""), ([0x0A, 0], 0, ""), ([0x0A, 2, 0x08, 5], 5, ""), ([0x0A, 4, 0x12, 2, 0x68, 0x69], 0, "hi"),
            ([0x0A, 6, 0x12, 2, 0x68, 0x69, 0x08, 7], 7, "hi"), ([0x0A, 200, 1], 0, ""), ([0xFF, 0xFF], 0, ""),
            (Array("<html>".utf8), 0, ""),
            ([0x0A, 11, 0x08] + Array(repeating: 0xFF, count: 9) + [1], 0, ""),
        ] as [([UInt8], Int64, String)])
    func partialSuccess(body: [UInt8], rejected: Int64, message: String) {
        let response = ExportResponse(body)
        #expect(response.rejected == rejected && response.message == message)
    }
}
