//! What systemd is told, where it asked to be (sd_notify(3)).

/// Tells a state such as `READY=1`. Who was not asked says nothing, and nobody hears of failures.
#[cfg(unix)]
pub(crate) fn notify(state: &str) {
    use std::os::unix::net::UnixDatagram;

    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let send = || -> std::io::Result<usize> {
        let socket = UnixDatagram::unbound()?;
        match address(&path) {
            Some(address) => socket.send_to_addr(state.as_bytes(), &address),
            None => socket.send_to(state.as_bytes(), &path),
        }
    };
    if let Err(error) = send() {
        tracing::warn!(%error, "systemd cannot be told");
    }
}

/// A name that begins with `@` is none of a file.
#[cfg(target_os = "linux")]
fn address(path: &std::ffi::OsStr) -> Option<std::os::unix::net::SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;

    let name = path.as_bytes().strip_prefix(b"@")?;
    std::os::unix::net::SocketAddr::from_abstract_name(name).ok()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn address(_: &std::ffi::OsStr) -> Option<std::os::unix::net::SocketAddr> {
    None
}

#[cfg(not(unix))]
pub(crate) fn notify(_: &str) {}
