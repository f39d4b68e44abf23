//! A client that can do everything wrong.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::MacAlgorithm;

use super::kept::{AccessKey, REGION};

/// A request to be signed, and what is to be wrong with it.
#[derive(Clone)]
pub(crate) struct Sent<'k> {
    pub(crate) access_key: &'k str,
    pub(crate) secret: &'k str,
    pub(crate) target: &'k str,
    pub(crate) content_type: &'k str,
    pub(crate) body: String,
    /// How long ago it was signed, in seconds.
    pub(crate) age: i64,
    pub(crate) service: &'k str,
    pub(crate) region: &'k str,
    /// A header that is not signed.
    pub(crate) unsigned: Option<(&'k str, &'k str)>,
    pub(crate) token: Option<&'k str>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The exception's name, or nothing.
    pub(crate) fn exception(&self) -> String {
        let value: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        value["__type"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&RustCrypto::sha256(std::iter::once(bytes)))
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Secret::zeroed();
    RustCrypto::message_mac(MacAlgorithm::HmacSha256, key, message.as_bytes(), &mut mac);
    mac.expose(|mac| mac[..32].to_vec())
}

/// `YYYYMMDDThhmmssZ`, by the calendar of Howard Hinnant.
fn text_of(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

impl<'k> Sent<'k> {
    pub(crate) fn by(access_key: &'k AccessKey, operation: &'k str, body: &str) -> Self {
        Sent {
            access_key: access_key.id.as_str(),
            secret: &access_key.secret,
            target: operation,
            content_type: "application/x-amz-json-1.1",
            body: body.to_owned(),
            age: 0,
            service: "kms",
            region: REGION,
            unsigned: None,
            token: None,
        }
    }

    /// The head, signed, and the body.
    pub(crate) fn text(&self) -> String {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let at = text_of(now - self.age);
        let date = &at[..8];
        let Sent { access_key, secret, target, content_type, body, service, region, .. } = self;
        let mut headers = vec![
            ("content-type", (*content_type).to_owned()),
            ("host", "localhost".to_owned()),
            ("x-amz-date", at.clone()),
        ];
        if let Some(token) = self.token {
            headers.push(("x-amz-security-token", token.to_owned()));
        }
        headers.push(("x-amz-target", format!("TrentService.{target}")));
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", sha256(body.as_bytes()));
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let mut key = hmac(format!("AWS4{secret}").as_bytes(), date);
        for part in [region, service, "aws4_request"] {
            key = hmac(&key, part);
        }
        let signature = hex(&hmac(&key, &to_sign));
        let mut text = "POST / HTTP/1.1\r\n".to_owned();
        for (name, value) in &headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some((name, value)) = self.unsigned {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!(
            "authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, \
             Signature={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        text
    }

    pub(crate) fn send(&self, to: SocketAddr) -> Answer {
        exchange(to, self.text().as_bytes())
    }
}

pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    // No test waits for ever.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends bytes over a connection of their own, and reads one answer.
pub(crate) fn exchange(to: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = connect(to);
    // The server may cut it before all is sent.
    let _ = stream.write_all(bytes);
    answer(&mut stream).expect("no answer")
}

/// Reads one answer; `None` if the connection was cut before.
pub(crate) fn answer(stream: &mut (impl Read + ?Sized)) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut room = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let len = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
                })
                .map_or(0, |len| len.parse().unwrap());
            if bytes.len() >= end + 4 + len {
                let body = String::from_utf8_lossy(&bytes[end + 4..end + 4 + len]).into_owned();
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return Some(Answer { status, head, body });
            }
        }
        match stream.read(&mut room) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend(&room[..read]),
        }
    }
}
