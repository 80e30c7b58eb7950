//! How long a server asks to be left alone, from the headers of its reply.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// No wait is longer than a day, whatever a header says.
const MAX_S: f64 = 86_400.0;

/// Reads `retry-after-ms`, `Retry-After` in seconds or as a date, and, of a server that refused for its limits, what OpenAI and those that
/// do as it does say of when a limit is over (`x-ratelimit-reset-*`).
pub(super) fn retry_after(headers: &HeaderMap, is_limited: bool) -> Option<Duration> {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let date = |value: &str| Some(jiff::fmt::rfc2822::parse(value).ok()?.timestamp());
    let now = || get("date").and_then(date).unwrap_or_else(Timestamp::now);
    let milliseconds = || get("retry-after-ms").and_then(|value| value.parse().ok()).and_then(|ms: f64| seconds(ms / 1000.0));
    let stated = || {
        let value = get("retry-after").or_else(|| get("llm_provider-retry-after"))?;
        value.parse().ok().and_then(seconds).or_else(|| seconds(date(value)?.duration_since(now()).as_secs_f64()))
    };
    let reset = || {
        let resets = ["x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset"];
        resets.iter().filter_map(|name| until(get(name)?, now())).max()
    };
    milliseconds().or_else(stated).or_else(|| is_limited.then(reset).flatten())
}

fn seconds(seconds: f64) -> Option<Duration> {
    // A date that has passed means now.
    seconds.is_finite().then(|| Duration::from_secs_f64(seconds.clamp(0.0, MAX_S)))
}

/// `6m0s`, `17ms`, `1.5` seconds, or seconds since 1970.
fn until(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(number) = value.parse::<f64>() {
        let is_time = number > 1e9;
        return seconds(if is_time { number - now.as_second() as f64 } else { number });
    }
    let (mut total, mut rest) = (0.0, value);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        total += number
            * match &rest[end..unit_end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    seconds(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected_ms: Option<u64>) {
        let headers: HeaderMap = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        assert_eq!(retry_after(&headers, true).map(|wait| wait.as_millis() as u64), expected_ms, "{headers:?}");
    }

    #[test]
    fn every_form_of_a_wait_is_read() {
        check(&[("retry-after", "1.5")], Some(1500));
        check(&[("retry-after", "-1")], Some(0));
        check(&[("retry-after", "soon")], None);
        check(&[("retry-after", "Wed, 21 Oct 2026 07:28:03 GMT"), ("date", "Wed, 21 Oct 2026 07:28:00 GMT")], Some(3000));
        check(&[("retry-after", "Wed, 21 Oct 2026 07:27:00 GMT"), ("date", "Wed, 21 Oct 2026 07:28:00 GMT")], Some(0));
        check(&[("retry-after", "1"), ("retry-after-ms", "2500")], Some(2500));
        check(&[("x-ratelimit-reset-requests", "6m0s"), ("x-ratelimit-reset-tokens", "17ms")], Some(360_000));
        check(&[("x-ratelimit-reset", "1792567683"), ("date", "Wed, 21 Oct 2026 07:28:00 GMT")], Some(3000));
        check(&[("x-ratelimit-reset-tokens", "2 fortnights")], None);
        check(&[], None);
    }

    #[test]
    fn limits_are_no_wait_for_who_was_not_refused_for_them() {
        let headers: HeaderMap = [("x-ratelimit-reset".parse().unwrap(), "5".parse().unwrap())].into_iter().collect();
        assert_eq!(retry_after(&headers, false), None);
    }
}
