//! JSON objects, written as they will be sent: requests and answers.

use std::fmt;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use zeroize::Zeroizing;

/// Whatever has a secret in it fits without growing, which would leave a copy behind.
const ROOM: usize = 16 << 10;

/// A JSON object under way, or nothing at all. Wiped on drop.
pub struct Object {
    out: Zeroizing<Vec<u8>>,
    is_empty_body: bool,
    needs_comma: bool,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} bytes)", self.out.len())
    }
}

impl Default for Object {
    fn default() -> Self {
        Object::new()
    }
}

impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self::with_room(ROOM)
    }

    /// The same, with room for so many bytes: as long as there is room, nothing that was written is left behind anywhere.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        out.push(b'{');
        Object { out, is_empty_body: false, needs_comma: false }
    }

    /// No object either: what operations without an output answer.
    pub fn nothing(&mut self) {
        self.is_empty_body = true;
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// A text, if there is one.
    pub fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Bytes, in base64.
    pub fn blob(&mut self, name: &str, value: &[u8]) {
        self.name(name);
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start.saturating_add(Base64::encoded_len(value)), 0);
        // Fits: it was measured.
        let _ = self.out.get_mut(start..).map(|out| Base64::encode(value, out).map(str::len));
        self.out.push(b'"');
    }

    /// Bytes, in lower-case hexadecimal digits.
    pub fn hex(&mut self, name: &str, value: &[u8]) {
        let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        self.text(name, &digits);
    }

    /// Likewise, if there are any.
    pub fn hex_if(&mut self, name: &str, value: Option<[u8; 32]>) {
        if let Some(value) = value {
            self.hex(name, &value);
        }
    }

    /// Yes or no.
    pub fn truth(&mut self, name: &str, value: bool) {
        self.name(name);
        self.raw(if value { "true" } else { "false" });
    }

    /// A number.
    pub fn number(&mut self, name: &str, value: impl Into<i64>) {
        self.name(name);
        self.raw(&value.into().to_string());
    }

    /// A time: seconds since 1970, with a fraction.
    pub fn moment(&mut self, name: &str, ms: Option<u64>) {
        if let Some(ms) = ms {
            self.name(name);
            let (seconds, rest) = (ms.checked_div(1000).unwrap_or(0), ms.checked_rem(1000).unwrap_or(0));
            self.raw(&format!("{seconds}.{rest:03}"));
        }
    }

    /// A list of texts.
    pub fn texts<'t>(&mut self, name: &str, values: impl IntoIterator<Item = &'t str>) {
        self.name(name);
        self.out.push(b'[');
        self.needs_comma = false;
        for value in values {
            self.comma();
            self.quoted(value);
        }
        self.out.push(b']');
        self.needs_comma = true;
    }

    /// A member that is an object.
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.name(name);
        self.braces(write);
    }

    /// A list of objects.
    pub fn objects<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.name(name);
        self.out.push(b'[');
        self.needs_comma = false;
        for item in items {
            self.comma();
            self.braces(|reply| write(reply, item));
        }
        self.out.push(b']');
        self.needs_comma = true;
    }

    /// What is sent. It is wiped when it is dropped.
    #[must_use]
    pub fn into_body(mut self) -> Bytes {
        if self.is_empty_body {
            return Bytes::new();
        }
        self.out.push(b'}');
        Bytes::from_owner(self.out)
    }

    fn braces(&mut self, write: impl FnOnce(&mut Self)) {
        self.out.push(b'{');
        self.needs_comma = false;
        write(self);
        self.out.push(b'}');
        self.needs_comma = true;
    }

    fn name(&mut self, name: &str) {
        self.comma();
        self.quoted(name);
        self.out.push(b':');
    }

    fn comma(&mut self) {
        if self.needs_comma {
            self.out.push(b',');
        }
        self.needs_comma = true;
    }

    fn quoted(&mut self, text: &str) {
        // Memory does not refuse to be written.
        let _ = serde_json::to_writer(&mut *self.out, text);
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}
