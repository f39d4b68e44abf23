//! Counters, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the buckets of times, in microseconds and as Prometheus has them.
const BUCKETS: [(u64, &str); 12] = [
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (100_000, "0.1"),
    (1_000_000, "1"),
    (10_000_000, "10"),
];

/// What is counted. The names of operations and exceptions are known ones: nobody can make up new lines.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By operation and exception; `ok` for none.
    requests: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    times: [AtomicU64; BUCKETS.len()],
    microseconds: AtomicU64,
    answered: AtomicU64,
    connections: AtomicU64,
    accepted: AtomicU64,
    cut: AtomicU64,
    handshakes_failed: AtomicU64,
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn count(&self, operation: &'static str, exception: Option<&'static str>, elapsed: Duration) {
        let outcome = exception.unwrap_or("ok");
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = requests.entry((operation, outcome)).or_default();
        *count = count.wrapping_add(1);
        drop(requests);
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        for ((end, _), bucket) in BUCKETS.iter().zip(&self.times) {
            if microseconds <= *end {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection was accepted.
    pub(crate) fn accepted(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// It has ended.
    pub(crate) fn ended(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// A connection was cut, because there are too many.
    pub(crate) fn cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    /// A TLS handshake did not come to its end.
    pub(crate) fn handshake_failed(&self) {
        self.handshakes_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // A String takes whatever is written.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        writeln!(text, "# HELP strongroom_requests_total Requests by operation and outcome.")?;
        writeln!(text, "# TYPE strongroom_requests_total counter")?;
        for ((operation, outcome), count) in
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            writeln!(
                text,
                "strongroom_requests_total{{operation=\"{operation}\",outcome=\"{outcome}\"}} {count}"
            )?;
        }
        writeln!(text, "# HELP strongroom_request_seconds From the end of the head to the answer.")?;
        writeln!(text, "# TYPE strongroom_request_seconds histogram")?;
        for ((_, end), bucket) in BUCKETS.iter().zip(&self.times) {
            writeln!(text, "strongroom_request_seconds_bucket{{le=\"{end}\"}} {}", number(bucket))?;
        }
        let (answered, microseconds) = (number(&self.answered), number(&self.microseconds));
        writeln!(text, "strongroom_request_seconds_bucket{{le=\"+Inf\"}} {answered}")?;
        let (seconds, rest) = (
            microseconds.checked_div(1_000_000).unwrap_or(0),
            microseconds.checked_rem(1_000_000).unwrap_or(0),
        );
        writeln!(text, "strongroom_request_seconds_sum {seconds}.{rest:06}")?;
        writeln!(text, "strongroom_request_seconds_count {answered}")?;
        for (name, help, kind, value) in [
            ("connections", "Connections now.", "gauge", &self.connections),
            ("connections_total", "Connections accepted.", "counter", &self.accepted),
            ("connections_cut_total", "Connections cut, because there were too many.", "counter", &self.cut),
            (
                "tls_handshakes_failed_total",
                "TLS handshakes that failed.",
                "counter",
                &self.handshakes_failed,
            ),
        ] {
            writeln!(text, "# HELP strongroom_{name} {help}")?;
            writeln!(text, "# TYPE strongroom_{name} {kind}")?;
            writeln!(text, "strongroom_{name} {}", number(value))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_operation_and_outcome_and_by_time() {
        let metrics = Metrics::default();
        metrics.count("Encrypt", None, Duration::from_micros(60));
        metrics.count("Encrypt", None, Duration::from_micros(70));
        metrics.count("Decrypt", Some("AccessDeniedException"), Duration::from_secs(20));
        metrics.accepted();
        metrics.accepted();
        metrics.ended();
        let text = metrics.text();
        for line in [
            "strongroom_requests_total{operation=\"Encrypt\",outcome=\"ok\"} 2",
            "strongroom_requests_total{operation=\"Decrypt\",outcome=\"AccessDeniedException\"} 1",
            "strongroom_request_seconds_bucket{le=\"0.00005\"} 0",
            "strongroom_request_seconds_bucket{le=\"0.0001\"} 2",
            "strongroom_request_seconds_bucket{le=\"10\"} 2",
            "strongroom_request_seconds_bucket{le=\"+Inf\"} 3",
            "strongroom_request_seconds_sum 20.000130",
            "strongroom_connections 1",
            "strongroom_connections_total 2",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
