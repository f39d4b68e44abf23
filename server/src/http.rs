//! Requests and answers of HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};
use strongroom_core::key::KeyId;
use strongroom_core::platform::Entropy;
use strongroom_std::OsEntropy;
use tracing::{debug, warn};

use crate::clock::now_ms;
use crate::credentials::{Unestablished, authenticate};
use crate::endpoint::Endpoint;
use crate::signature::Received;
use crate::sts::{self, Form};
use crate::who::Who;
use crate::wire::{self, Refusal};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const XML: HeaderValue = HeaderValue::from_static("text/xml");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) is_secure: bool,
}

/// What is sent.
struct Reply {
    status: u16,
    content: HeaderValue,
    body: Bytes,
    /// The name of an exception, if it is one.
    exception: Option<&'static str>,
    /// What was not read to its end cannot be followed by another request.
    is_last: bool,
}

/// Answers one request.
pub(crate) async fn respond(
    endpoint: Arc<Endpoint>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    if let Some(response) = endpoint.about_itself(&parts.method, parts.uri.path()) {
        return Ok(response);
    }
    let request_id = RequestId::draw();
    let is_http1 = parts.version < Version::HTTP_2;
    let mut asked = Asked { operation: "-", principal: String::new() };
    let reply = match read(&endpoint, &parts, body).await {
        Err(reply) => reply,
        Ok(body) => answer(&endpoint, peer, &parts, &body, &request_id, &mut asked),
    };
    let elapsed = began.elapsed();
    endpoint.metrics.count(asked.operation, reply.exception, elapsed);
    note(&asked, &reply, peer, &request_id.text, elapsed);
    let mut response = response(reply.status, reply.content, reply.body);
    if let Ok(id) = HeaderValue::from_str(&request_id.text) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    if reply.is_last && is_http1 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// What a request turned out to be, for the log and the counters.
struct Asked {
    operation: &'static str,
    principal: String,
}

/// One line in the log. Nothing of a body ever is in one.
fn note(asked: &Asked, reply: &Reply, peer: Peer, request_id: &str, elapsed: Duration) {
    let Asked { operation, principal } = asked;
    let (status, exception) = (reply.status, reply.exception.unwrap_or_default());
    let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        warn!(%operation, status, exception, %principal, peer = %peer.address, request_id, microseconds, "failed");
    } else {
        debug!(%operation, status, exception, %principal, peer = %peer.address, request_id, microseconds, "answered");
    }
}

/// Reads a body within its limits of length and time.
async fn read(endpoint: &Endpoint, parts: &Parts, body: Incoming) -> Result<Bytes, Reply> {
    let limits = endpoint.limits;
    if !(parts.method == Method::POST || parts.method == Method::GET) {
        return Err(refusal(wire::unknown_operation().with_status(404)).last());
    }
    let too_large = || Refusal::silent("RequestEntityTooLargeException").with_status(413);
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if stated > limits.body_len {
        return Err(refusal(too_large()).last());
    }
    let whole = Limited::new(body, limits.body_len).collect();
    match tokio::time::timeout(limits.body_time, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(refusal(too_large()).last()),
        // It was cut, or is malformed: most probably nobody hears this.
        Ok(Err(_)) => Err(refusal(Refusal::silent("SerializationException")).last()),
        Err(_) => Err(refusal(Refusal::silent("RequestTimeoutException").with_status(408)).last()),
    }
}

/// Establishes who asks, and has a vault answer.
fn answer(
    endpoint: &Endpoint,
    peer: Peer,
    parts: &Parts,
    body: &[u8],
    request_id: &RequestId,
    asked: &mut Asked,
) -> Reply {
    let received = Received { method: parts.method.as_str(), uri: &parts.uri, headers: &parts.headers, body };
    let directory = &*endpoint.directory;
    let establish = |service: &str| -> Result<Who, Unestablished> {
        let mut who = authenticate(directory, &received, service, now_ms())?;
        who.request_id = request_id.bytes;
        who.facts = vec![
            ("aws:SourceIp", peer.address.ip().to_string()),
            ("aws:SecureTransport", peer.is_secure.to_string()),
        ];
        Ok(who)
    };
    if sts::is_for_sts(&parts.method, &parts.uri, &parts.headers) {
        asked.operation = "sts";
        let request_id = request_id.text.as_str();
        let answer = match establish("sts") {
            Err(Unestablished::Flaw(flaw)) => sts::refused(&flaw, request_id),
            Err(Unestablished::Failed(why)) => {
                warn!(why, "nobody can be established");
                sts::failed(request_id)
            }
            Ok(who) => match Form::read(&parts.uri, body) {
                None => sts::malformed(request_id),
                Some(form) => {
                    asked.principal.clone_from(&who.principal);
                    sts::answer(directory, &who, &form, request_id)
                }
            },
        };
        let body = Bytes::from(answer.body);
        return Reply { status: answer.status, content: XML, body, exception: answer.error, is_last: false };
    }
    match kms_operation(parts) {
        Err(unknown) => refusal(unknown),
        Ok(operation) => match establish("kms") {
            Err(Unestablished::Flaw(flaw)) => refusal(flaw.into_refusal()),
            Err(Unestablished::Failed(why)) => {
                warn!(why, "nobody can be established");
                refusal(Refusal::silent("KMSInternalException").with_status(500))
            }
            Ok(who) => {
                asked.principal.clone_from(&who.principal);
                asked.operation = wire::known_operation(operation).unwrap_or("-");
                let wire::Answer { status, exception, body } = wire::answer(directory, &who, operation, body);
                Reply { status, content: JSON, body, exception, is_last: false }
            }
        },
    }
}

/// What stands behind `TrentService.` in the target of a request in JSON 1.1.
fn kms_operation(parts: &Parts) -> Result<&str, Refusal> {
    let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let content = header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let is_json = content.split(';').next().unwrap_or_default().trim() == "application/x-amz-json-1.1";
    if parts.method != Method::POST || !is_json {
        return Err(wire::unknown_operation().with_status(404));
    }
    let target = header("x-amz-target").and_then(|target| target.strip_prefix(wire::TARGET_PREFIX));
    target.ok_or_else(wire::unknown_operation)
}

impl Reply {
    fn last(self) -> Self {
        Reply { is_last: true, ..self }
    }
}

fn refusal(refusal: Refusal) -> Reply {
    let wire::Answer { status, exception, body } = refusal.into_answer();
    Reply { status, content: JSON, body, exception, is_last: false }
}

/// A text for people and their monitors.
pub(crate) fn text(status: u16, text: String) -> Response<Full<Bytes>> {
    response(status, TEXT, Bytes::from(text))
}

fn response(status: u16, content: HeaderValue, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, content);
    response
}

/// What a request is called, in logs, in its answer and in the audit log of the vault that judges it: a UUID of version 4. Nothing
/// depends on it.
struct RequestId {
    bytes: Option<[u8; 16]>,
    text: String,
}

impl RequestId {
    fn draw() -> Self {
        let mut bytes = [0; 16];
        if OsEntropy.fill(&mut bytes).is_err() {
            return RequestId { bytes: None, text: String::new() };
        }
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        // Key ids are UUIDs too, and know how they are written.
        RequestId { bytes: Some(bytes), text: KeyId::from_bytes(bytes).to_string() }
    }
}
