//! Data of any size: a stream is a header and segments, each sealed by itself under a data key of the stream's own.
//!
//! A key of the vault seals the data key (GenerateDataKey), and the data key the segments, one by one, in one buffer. So
//! a device seals and opens what a server does. Each segment is bound to its stream, its place, and whether it is the
//! last. What was altered, moved, left out, appended or taken from another stream does not open, and nothing
//! that does not open is handed out. A segment opens without those before it.
//!
//! The header can be moved to another version or key ([`RewrapStream`]) while the segments stay as they are.
//! `docs/format.md`, section 3.4, has the bytes.
//!
//! ```
//! use strongroom_core::stream::{
//!     OpenStream, SEGMENT_OVERHEAD, SealStream, SegmentLen, SegmentOpener, SegmentSealer, segment_place,
//! };
//! # use strongroom_core::operation::CreateKey;
//! # use strongroom_core::platform::Platform;
//! # use strongroom_core::policy::Caller;
//! # use strongroom_core::ram::RamPlatform;
//! # use strongroom_core::{NewSlot, NewVault, Realm, SlotKind, Vault};
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # let platform = RamPlatform::<16384, 4096>::new(1);
//! # let vault = Vault::new(&platform);
//! # let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
//! # vault.create(&new, &mut |_, secret| {
//! #     secret.fill_with(|bytes| bytes.fill(7));
//! #     Ok(true)
//! # })?;
//! # let caller = Caller::new("arn:aws:iam::000000000000:root")?;
//! # let key = vault.create_key(&caller, CreateKey::default())?;
//! # let mut id = heapless::String::<36>::new();
//! # core::fmt::write(&mut id, format_args!("{}", key.key_id)).ok();
//! let mut sealer = SegmentSealer::new();
//! let request = SealStream { segment_len: SegmentLen::MIN, ..SealStream::new(&id) };
//! let header = vault.seal_stream(&caller, request, &mut sealer)?;
//!
//! // One segment, the last: its plaintext lies behind the room that sealing needs.
//! let mut segment = [0; 5 + SEGMENT_OVERHEAD];
//! segment_place(&mut segment, 5)?.copy_from_slice(b"hello");
//! let sealed_len = sealer.seal_last(platform.entropy(), &mut segment, 5)?;
//!
//! let mut opener = SegmentOpener::new();
//! vault.open_stream(&caller, OpenStream::default(), &header, &mut opener)?;
//! assert_eq!(opener.open(0, true, &mut segment[..sealed_len])?, b"hello");
//! # Ok(())
//! # }
//! ```

mod opener;
mod request;
mod sealer;

pub use self::opener::{SegmentError, SegmentOpener};
pub use self::request::{OpenStream, RewrapStream, SealStream, StreamKey};
pub use self::sealer::{SegmentSealer, segment_place};
pub use crate::format::stream::{
    SEGMENT_OVERHEAD, STREAM_HEADER_LEN, SegmentLen, StreamHeader, plaintext_len, stream_len,
};
