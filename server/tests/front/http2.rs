//! HTTP/2 over TLS.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::kept::Kept;
use super::raw::Sent;
use super::tls::trusting;

/// A signed request as HTTP/2 has it: the host in the address.
fn request(kept: &Kept) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"KeyId":"{}"}}"#, kept.key_id);
    let text = Sent::by(&kept.alice, "DescribeKey", &body).text();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut builder = Request::builder().method("POST").uri("https://localhost/");
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").unwrap();
        if name != "host" {
            builder = builder.header(name, value);
        }
    }
    builder.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()
}

#[test]
fn many_requests_share_a_connection_of_http_2() {
    let kept = Kept::start_tls();
    let mut config = trusting(&kept.tls_files());
    config.alpn_protocols = vec![b"h2".to_vec()];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = TcpStream::connect(kept.address()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut under_way = Vec::new();
        for _ in 0..50 {
            let mut sender = sender.clone();
            let request = request(&kept);
            under_way.push(tokio::spawn(async move {
                let answer = sender.send_request(request).await.unwrap();
                let status = answer.status();
                (status, answer.into_body().collect().await.unwrap().to_bytes())
            }));
        }
        for answer in under_way {
            let (status, body) = answer.await.unwrap();
            assert_eq!(status, 200, "{body:?}");
        }
    });
}
