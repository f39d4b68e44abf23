//! Small data, data keys and random bytes.

pub(super) mod data_key;
pub(super) mod encrypt;
pub(super) mod random;
pub(super) mod re_encrypt_across;
pub(super) mod sealed_message;
